package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.http.DocumentedAnswers;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The judge of all other tests' answers lets nothing pass that the document does not promise. */
class AnswerCheckTest {
    private static final String SCRIPTS = "/v2/p/scripts";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "POST | 200 | {'script_id':'1'}                            | -",
                "POST | 200 | {'script_id':1}                              | script_id",
                "POST | 200 | {'script_id':null}                           | script_id",
                "POST | 200 | {}                                           | script_id",
                "POST | 200 | {'script_id':'1','more':1}                   | more",
                "POST | 200 | []                                           | type",
                "POST | 200 | {                                            | no JSON",
                "POST | 201 | {'script_id':'1'}                            | does not document the status 201",
                "GET  | 200 | {'count':0,'scripts':[]}                     | -",
                "GET  | 200 | {'count':'0','scripts':[]}                   | count",
                "GET  | 200 | {'count':0,'scripts':[{'id':'1'}]}           | name",
                "GET  | 302 | {}                                           | redirect",
                "GET  | 408 | {'error_code':'WKS.00211102','error_msg':''} | 408",
                "GET  | 404 | {'error_code':'WKS.00211902','error_msg':''} | -",
                "GET  | 413 | {'error_code':'WKS.00211102','error_msg':''} | -",
                "GET  | 404 | {'error_code':'WKS.00211902x','error_msg':''} | error_code",
                "GET  | 404 | {'error_code':null,'error_msg':''}           | error_code",
                "GET  | 404 | {'error_code':'x','error_msg':'','stack':''} | stack",
                "GET  | 500 | {'error_code':'x','error_msg':'java.lang.NullPointerException'} | insides",
                "GET  | 500 | {'error_code':'x','error_msg':'at f(Main.java:12)'} | insides",
            })
    void complainsOfWhatIsNotPromised(String method, int status, String body, String complaint) {
        List<String> complaints = complaints(method, SCRIPTS, status, body, "application/json");
        if (complaint.equals("-")) {
            assertThat(complaints).isEmpty();
        } else {
            assertThat(complaints).anyMatch(c -> c.contains(complaint));
        }
    }

    @Test
    void knowsContentTypesAndEmptyBodies() {
        assertThat(complaints("GET", SCRIPTS, 200, "{'count':0,'scripts':[]}", "application/json; charset=utf-8"))
                .isEmpty();
        assertThat(complaints("GET", SCRIPTS, 200, "{'count':0,'scripts':[]}", "text/html"))
                .anyMatch(c -> c.contains("content type"));
        assertThat(complaints("DELETE", SCRIPTS + "/1", 204, "", "")).isEmpty();
        assertThat(complaints("DELETE", SCRIPTS + "/1", 204, "{}", "")).anyMatch(c -> c.contains("has none"));
        assertThat(complaints("GET", "/v3/auth/projects", 401, "{'error_code':'x','error_msg':''}", "application/json"))
                .as("the identity service has errors of its own shape")
                .isNotEmpty();
    }

    @Test
    void asksForARequestIdAndForATimeToComeBackAfter() {
        Answer answer = new Answer(503, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer("{}"));
        answer.headers().add("Retry-After", "0");
        assertThat(DocumentedAnswers.check().complaints("GET", "/nowhere", answer))
                .anyMatch(c -> c.contains("X-Request-Id"))
                .anyMatch(c -> c.contains("Retry-After: 0"));
    }

    private static List<String> complaints(String method, String target, int status, String body, String type) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("X-Request-Id", "1");
        if (!type.isEmpty()) {
            headers.add("Content-Type", type);
        }
        Answer answer = new Answer(status, headers, Buffer.buffer(body.replace('\'', '"')));
        return DocumentedAnswers.check().complaints(method, target, answer);
    }
}
