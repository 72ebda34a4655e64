package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.DocumentedAnswers;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The document tells all of each operation that somebody needs who writes a client or sets permissions. */
class DocumentTest {
    private static final ApiDocument DOCUMENT = DocumentedAnswers.check().document();

    static Stream<ApiOperation> operations() {
        return DOCUMENT.operations().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void tellsAllOf(String operationId) {
        assertThat(lacks(DOCUMENT.get(operationId))).isEmpty();
    }

    static Stream<String> names() {
        return operations().map(ApiOperation::id);
    }

    @Test
    void eachExampleFitsItsSchema() {
        List<String> misfits = new ArrayList<>();
        operations().forEach(operation -> {
            operation.requestBody().ifPresent(body -> body.example().ifPresent(example -> new Fit(body.schema())
                    .complaints(example)
                    .forEach(complaint -> misfits.add(operation.id() + " request " + complaint))));
            answers(operation).forEach(media -> Examples.of(media)
                    .ifPresent(example -> new Fit(SchemaTree.closed(media.getJsonObject("schema")))
                            .complaints(example)
                            .forEach(complaint -> misfits.add(operation.id() + " response " + complaint))));
        });
        assertThat(misfits).isEmpty();
    }

    @Test
    void operationIdsAndPathsAreUnique() {
        assertThat(operations().map(ApiOperation::id)).doesNotHaveDuplicates();
        assertThat(operations().map(o -> o.method() + " " + o.path().replaceAll("\\{[^}]+}", "{}")))
                .doesNotHaveDuplicates();
    }

    @Test
    void theParametersOfAPathAreThoseOfItsTemplate() {
        operations()
                .forEach(operation -> assertThat(operation.parameters("path").map(ApiOperation.Parameter::name))
                        .as(operation.id())
                        .containsExactlyInAnyOrderElementsOf(new TreeSet<>(inTemplate(operation.path()))));
    }

    private static List<String> inTemplate(String path) {
        return Stream.of(path.split("/", -1))
                .filter(step -> step.startsWith("{"))
                .map(step -> step.substring(1, step.length() - 1))
                .toList();
    }

    private static List<String> lacks(ApiOperation operation) {
        List<String> lacks = new ArrayList<>();
        if (operation.json().getString("summary", "").isBlank()) {
            lacks.add("a summary");
        }
        if (!operation.isPublic()
                && operation.json().getString("x-permission", "").isBlank()) {
            lacks.add("x-permission");
        }
        if (operation.requestBody().filter(body -> body.example().isEmpty()).isPresent()) {
            lacks.add("an example of the request");
        }
        Optional<Integer> success = operation.responses().fieldNames().stream()
                .filter(status -> status.matches("[12]\\d\\d"))
                .map(Integer::valueOf)
                .findFirst();
        if (success.isEmpty()) {
            lacks.add("an answer of success");
        } else if (success.get() == 200 || success.get() == 201 || success.get() == 202) {
            lacks.addAll(lacksOfAnswer(operation.response(success.get()).orElseThrow()));
        }
        if (!operation.responses().containsKey("default")) {
            lacks.add("an answer of failure");
        }
        return lacks;
    }

    private static List<String> lacksOfAnswer(JsonObject response) {
        if (response.containsKey("x-media-type")) {
            return List.of();
        }
        JsonObject content = response.getJsonObject("content", new JsonObject());
        if (content.isEmpty()) {
            return List.of("a content type of success");
        }
        JsonObject media = content.getJsonObject("application/json");
        if (media == null) {
            return List.of();
        }
        return Stream.of(
                        media.getJsonObject("schema").fieldNames().equals(Set.of("type")) ? "a schema of success" : "",
                        Examples.of(media).isEmpty() ? "an example of success" : "")
                .filter(lack -> !lack.isEmpty())
                .toList();
    }

    private static Stream<JsonObject> answers(ApiOperation operation) {
        return operation.responses().stream()
                .map(response -> ((JsonObject) response.getValue()).getJsonObject("content", new JsonObject()))
                .filter(content -> content.containsKey("application/json"))
                .map(content -> content.getJsonObject("application/json"));
    }
}
