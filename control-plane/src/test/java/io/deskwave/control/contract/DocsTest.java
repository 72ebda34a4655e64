package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.DocumentedAnswers;
import io.deskwave.control.script.TestServer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the server shows of its document. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocsTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]*)\"");
    private TestServer server;

    @BeforeAll
    void serve(@TempDir Path folder) {
        server = new TestServer(folder);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void theServedDocumentIsOpenApi31() {
        JsonObject served = server.send("GET", "/openapi.json", null).json();

        assertThat(served.getString("openapi")).isEqualTo("3.1.0");
        // Checks it against the schema of OpenAPI 3.1, and each schema in it.
        OpenAPIContract read = TestServer.await(OpenAPIContract.from(server.vertx, served.copy()));
        assertThat(read.operations())
                .hasSameSizeAs(DocumentedAnswers.check().document().operations());
    }

    @Test
    void thePageShowsItWithNothingFromElsewhere() {
        TestServer.Answer page = server.send("GET", "/docs", null);
        List<String> references =
                REFERENCE.matcher(page.text()).results().map(MatchResult::group).toList();

        assertThat(page.header("Content-Security-Policy")).contains("default-src 'self'");
        assertThat(references)
                .hasSizeGreaterThanOrEqualTo(3)
                .allMatch(reference -> reference.contains("\"/docs/"), "from this very server");
        REFERENCE
                .matcher(page.text())
                .results()
                .map(found -> server.send("GET", found.group(1), null))
                .forEach(answer -> assertThat(answer.status()).isEqualTo(200));
        assertThat(server.send("GET", "/docs/start.js", null).text())
                .contains("url: '/openapi.json'")
                .contains("validatorUrl: null");
        assertThat(server.send("GET", "/docs/swagger-ui-bundle.js", null).text())
                .as("a Swagger UI that knows OpenAPI 3.1")
                .contains("isOAS31");
    }
}
