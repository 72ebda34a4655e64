package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.contract.OperationCases.Case;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Every operation of the document, called by the wrong people and with the wrong things: refused in the right words, never a fault. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryOperationTest {
    private Serving serving;
    private AnswerCheck check;
    private Line line;

    @BeforeAll
    void serve(@TempDir Path folder) {
        serving = new Serving(folder);
        check = new AnswerCheck(serving.document);
        line = serving.open();
    }

    @AfterAll
    void stop() {
        line.close();
        serving.close();
    }

    @TestFactory
    Stream<DynamicContainer> refuses() {
        String token = serving.token();
        return serving.document.operations().stream()
                .map(operation -> DynamicContainer.dynamicContainer(
                        operation.id(),
                        Stream.concat(
                                        wrongCallers(operation).stream(),
                                        OperationCases.of(operation, serving.projectId(), token, serving.document)
                                                .stream())
                                .map(one -> DynamicTest.dynamicTest(one.name(), () -> judge(one)))));
    }

    private List<Case> wrongCallers(ApiOperation operation) {
        List<Case> cases = new ArrayList<>();
        if (operation.isPublic() || operation.isOutside()) {
            return cases;
        }
        cases.add(new Case("nobody", as(operation, ""), Set.of(401)));
        cases.add(new Case("a token that is none", as(operation, "junk"), Set.of(401)));
        cases.add(new Case("a token that has expired", as(operation, serving.expiredToken()), Set.of(401)));
        if (operation.path().contains("{project_id}")) {
            cases.add(new Case("a token of another project", as(operation, serving.strangersToken()), Set.of(403)));
        }
        if (!operation.permission().isEmpty() && !serving.permissionsToLook().contains(operation.permission())) {
            cases.add(new Case("somebody who may only look", as(operation, serving.viewersToken()), Set.of(403)));
        }
        return cases;
    }

    private Request as(ApiOperation operation, String token) {
        return OperationCases.fitting(operation, serving.projectId(), token);
    }

    private void judge(Case one) throws IOException {
        Answer answer = line.send(one.request());
        assertThat(answer.status()).as("%s: %s", one.name(), answer.text()).isLessThan(500);
        if (!one.statuses().isEmpty()) {
            assertThat(answer.status())
                    .as("%s: %s", one.request(), answer.text())
                    .isIn(one.statuses());
        }
        assertThat(check.complaints(one.request().method(), one.request().target(), answer))
                .as("%s: %s", one.request(), answer.text())
                .isEmpty();
        if (answer.status() >= 400 && answer.body().length() > 0) {
            assertThat(answer.text()).as("an error in words").containsAnyOf("error_msg", "\"message\"");
        }
        assertThat(answer.status() != 405 || answer.header("Allow").isPresent())
                .as("405 names what is allowed")
                .isTrue();
    }
}
