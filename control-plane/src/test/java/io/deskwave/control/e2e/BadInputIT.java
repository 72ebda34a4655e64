package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be run is refused in words that say what to send, and nothing of it is stored. */
final class BadInputIT {
    private static Installation installation;
    private static String pool;
    private static String script;

    @BeforeAll
    static void start() {
        installation = new Installation();
        installation.startAgent("desk");
        installation.call(
                "POST",
                "/desktop-pools",
                new JsonObject().put("name", "pool").put("type", "STATIC").put("size", 0));
        pool = installation
                .call("GET", "/desktop-pools", null)
                .getJsonArray("desktop_pools")
                .getJsonObject(0)
                .getString("id");
        installation.call(
                "POST",
                "/desktop-pools/" + pool + "/desktops",
                new JsonObject().put("desktop_ids", new JsonArray().add(installation.id("desk"))));
        script = installation
                .call(
                        "POST",
                        "/scripts",
                        new JsonObject().put("name", "s").put("type", "SHELL").put("content", "true"))
                .getString("script_id");
    }

    @AfterAll
    static void stop() {
        installation.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
        {}                                                                                    | 400 | what to run
        {"script_ids":["SCRIPT"],"command_content":"x","command_type":"SHELL"}                | 400 | either script_ids
        {"command_content":"x"}                                                               | 400 | command_type
        {"command_content":"","command_type":"POWERSHELL"}                                    | 400 | command_content
        {"command_content":"  ","command_type":"POWERSHELL"}                                  | 400 | command_content
        {"command_content":"x","command_type":"PYTHON"}                                       | 400 | command_type
        {"command_content":"x","command":"y","command_type":"SHELL"}                          | 400 | send one of them
        {"command_content":7,"command_type":"SHELL"}                                          | 400 | command_content
        {"script_ids":"SCRIPT"}                                                               | 400 | script_ids
        {"script_ids":[]}                                                                     | 400 | script_ids
        {"script_ids":["00000000-0000-0000-0000-000000000000"]}                               | 404 | script_ids
        {"script_ids":["no-such-id"]}                                                         | 404 | script_ids
        {"script_ids":["SCRIPT"],"gray_cuont":1}                                              | 400 | gray_count
        {"script_ids":["SCRIPT"],"gray_count":-1}                                             | 400 | gray_count
        {"script_ids":["SCRIPT"],"gray_count":"1"}                                            | 400 | gray_count
        {"script_ids":["SCRIPT"],"gray_fail_threshold":0,"gray_count":1}                      | 400 | gray_fail_threshold
        {"script_ids":["SCRIPT"],"gray_fail_threshold":2,"gray_count":1}                      | 400 | gray_fail_threshold
        {"script_ids":["SCRIPT"],"gray_fail_threshold":1}                                     | 400 | gray_fail_threshold
        {"script_ids":["SCRIPT"],"gray_desktop_ids":["00000000-0000-0000-0000-000000000000"]} | 400 | gray desktop
        {"script_ids":["SCRIPT"],"gray_desktop_ids":["x"]}                                    | 404 | gray_desktop_ids
        {"script_ids":["SCRIPT"],"execution_timeout":601}                                     | 400 | execution_timeout
        {"script_ids":["SCRIPT"],"execution_timeout":-1}                                      | 400 | execution_timeout
        {"script_ids":["SCRIPT"],"execution_timeout":1.5}                                     | 400 | execution_timeout
        {"script_ids":["SCRIPT"],"start_timeout":0}                                           | 400 | start_timeout
        {"script_ids":["SCRIPT"],"start_timeout":10081}                                       | 400 | start_timeout
        {"script_ids":["SCRIPT"],"pre_start":"jump"}                                          | 400 | pre_start
        {"script_ids":["SCRIPT"],"post_finish":"start"}                                       | 400 | post_finish
        {"script_ids":["SCRIPT"],"success_codes":[0]}                                         | 400 | success_codes
        {"script_ids":["SCRIPT"],"desktop_ids":["00000000-0000-0000-0000-000000000000"]}      | 404 | desktop_ids
        ["script_ids"]                                                                        | 400 | object
        {"script_ids":                                                                        | 400 | JSON
        """)
    void refusesWhatAPoolCannotRun(String body, int status, String inWords) {
        refuses("/desktop-pools/" + pool + "/script-executions", body, status, inWords);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
        {"script_ids":["SCRIPT"]}                                                                      | 400 | resource_ids
        {"script_ids":["SCRIPT"],"resource_ids":["DESK"],"resource_group_id":"POOL"}                   | 400 | resource_ids
        {"script_ids":["SCRIPT"],"resource_group_id":"POOL"}                                           | 400 | resource_group_type
        {"script_ids":["SCRIPT"],"resource_group_id":"x","resource_group_type":"DESKTOP_POOL"}         | 404 | desktop pool
        {"script_ids":["SCRIPT"],"resource_ids":["DESK"],"resource_type":"PHONE"}                      | 400 | resource_type
        {"script_ids":["SCRIPT"],"resource_ids":["00000000-0000-0000-0000-000000000000"]}              | 404 | desktop
        {"script_ids":["SCRIPT"],"resource_ids":["DESK"],"gray_count":1,"gray_fail_threshold":1}       | 400 | gray_fail_threshold
        {"command":"x","command_type":"SHELL","resource_ids":"DESK"}                                   | 400 | resource_ids
        {"command":"x","command_type":"SHELL","resource_ids":["DESK"],"unknown":1}                     | 400 | unknown
        """)
    void refusesWhatDesktopsCannotRun(String body, int status, String inWords) {
        refuses("/script-executions", body, status, inWords);
    }

    @Test
    void refusesATextThatIsTooLong() {
        String body = new JsonObject()
                .put("command_content", "x".repeat(100_001))
                .put("command_type", "SHELL")
                .encode();
        refuses("/desktop-pools/" + pool + "/script-executions", body, 400, "command_content");
    }

    @Test
    void refusesPoolsThatAreNotThere() {
        String body = "{\"script_ids\":[\"" + script + "\"]}";
        refuses("/desktop-pools/" + UUID.randomUUID() + "/script-executions", body, 404, "desktop pool");
        refuses("/desktops-pools/not-an-id/script-executions", body, 404, "desktop pool");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
        POST | /script-executions/stop                         | {}                              | 400 | record_id
        POST | /script-executions/stop                         | {"record_id":"x","task_id":"y"} | 400 | record_id
        POST | /script-executions/stop                         | {"task_id":"x"}                 | 404 | task
        POST | /script-executions/stop                         | {"task_id":["x"]}               | 400 | task_id
        POST | /script-executions/retry                        | {"record_id":"00000000-0000-0000-0000-000000000000"} | 404 | record
        POST | /script-executions/retry                        | {"id":"x"}                      | 400 | id
        GET  | /script-execution-records/x                     |                                 | 404 | record
        GET  | /script-execution-records?show_history=true     |                                 | 400 | show_history
        GET  | /script-execution-records?status=DONE           |                                 | 400 | status
        GET  | /script-execution-records?limit=0               |                                 | 400 | limit
        GET  | /script-execution-records?limit=101             |                                 | 400 | limit
        GET  | /script-execution-records?offset=-1             |                                 | 400 | offset
        GET  | /script-execution-records?task=x                |                                 | 400 | task
        GET  | /script-execution-tasks?execute_time_start=soon |                                 | 400 | execute_time_start
        GET  | /script-execution-tasks?limit=ten               |                                 | 400 | limit
        GET  | /desktop-pools/script-execution-tasks/detail?status=OK |                          | 400 | status
        GET  | /script-execution-records/x/output?stream=stdin |                                 | 400 | stream
        GET  | /script-execution-tasks/x/events                |                                 | 404 | task
        GET  | /script-execution-tasks/x/live                  |                                 | 400 | WebSocket
        PUT  | /script-executions                              | {}                              | 405 | PUT
        DELETE | /script-execution-tasks                       |                                 | 405 | DELETE
        """)
    void refusesOtherCalls(String method, String path, String body, int status, String inWords) {
        var answer = installation.tryCall(method, path, body == null ? "" : body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(new JsonObject(answer.body()).getString("error_msg")).contains(inWords);
    }

    @Test
    void otherProjectsAndStrangersGetNothing() {
        String other = "/v2/ffffffffffffffffffffffffffffffff/script-execution-tasks";
        assertThat(installation.send("GET", other, null, installation.token()).statusCode())
                .isEqualTo(403);
        assertThat(installation.send("GET", other, null, null).statusCode()).isEqualTo(401);
        String own = "/v2/" + installation.project() + "/script-executions";
        assertThat(installation.send("POST", own, "{}", "junk").statusCode()).isEqualTo(401);
        assertThat(installation
                        .send("GET", "/agent/v1/session", null, installation.token())
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void listsTakeEmptyFiltersAndIdsOfNothing() {
        for (String query : new String[] {
            "/script-execution-tasks?task_id&status=",
            "/script-execution-tasks?task_id=x&task_id=y",
            "/script-execution-records?resource_id=x",
            "/desktop-pools/script-execution-tasks/detail?desktop_pool_id=x"
        }) {
            assertThat(installation.tryCall("GET", query, "").statusCode())
                    .as(query)
                    .isEqualTo(200);
        }
    }

    private static void refuses(String path, String template, int status, String inWords) {
        int before = installation.call("GET", "/script-execution-tasks", null).getInteger("count");
        String body = template.replace("SCRIPT", script)
                .replace("DESK\"", installation.id("desk") + "\"")
                .replace("\"POOL\"", "\"" + pool + "\"");
        var answer = installation.tryCall("POST", path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonObject error = new JsonObject(answer.body());
        assertThat(error.getString("error_msg")).contains(inWords);
        assertThat(error.getString("error_code")).hasSizeLessThanOrEqualTo(12);
        assertThat(answer.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(installation.call("GET", "/script-execution-tasks", null).getInteger("count"))
                .isEqualTo(before);
    }
}
