package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.contract.FilterTable;
import io.deskwave.control.schedule.ScheduleServer.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduledTaskRoutesTest {
    private static final String TASKS = "/scheduled-tasks";
    private static final String LIST = TASKS + "?offset=0&limit=50";
    private static final String ALL = "'apply_objects':[{'object_type':'ALL_DESKTOPS'}]";
    private static final String DAILY =
            "{'task_name':'%s','task_type':'%s','scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00',"
                    + ALL + "}";
    private static final String TRIGGERED = "{'task_name':'%s','task_type':'STOP','scheduled_type':'LIFE_CYCLE',"
            + "'life_cycle_type':'POST_DESKTOP_DISCONNECTED'," + ALL + "}";

    private static ScheduleServer server;
    private static UUID pool = UUID.randomUUID();
    private static UUID desktop = UUID.randomUUID();
    private static UUID foreign = UUID.randomUUID();
    private static String script = "";
    private static String foreignScript = "";

    @BeforeAll
    static void start() {
        server = new ScheduleServer();
        pool = server.fixture.pool(PROJECT, "pool");
        desktop = server.fixture.desktop(PROJECT, pool, "pc-1");
        foreign = server.fixture.desktop(OTHER_PROJECT, null, "theirs");
        script = server.script(PROJECT);
        foreignScript = server.script(OTHER_PROJECT);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @BeforeEach
    void empty() {
        server.now = ScheduleServer.START;
        server.fixture.execute("TRUNCATE scheduled_tasks CASCADE");
    }

    private static String filled(String text) {
        return text.replace("{pool}", pool.toString())
                .replace("{desktop}", desktop.toString())
                .replace("{foreign}", foreign.toString())
                .replace("{script}", script)
                .replace("{foreignScript}", foreignScript);
    }

    private static JsonObject show(String id) {
        return server.send("GET", TASKS + "/" + id, null).json();
    }

    private static JsonObject onlyRow() {
        return server.send("GET", LIST, null)
                .json()
                .getJsonArray("scheduled_tasks")
                .getJsonObject(0);
    }

    private static List<String> names(String query) {
        return server.send("GET", LIST + query, null).column("scheduled_tasks", "task_name");
    }

    @Test
    void storesAScriptTaskAndShowsItAsItWasSent() {
        String params = "{\\\"script_ids\\\":[\\\"" + script
                + "\\\"],\\\"execution_timeout\\\":5,\\\"post_finish\\\":\\\"STOP\\\"}";
        String id = server.create(filled("{'task_name':'n','task_type':'EXECUTE_SCRIPT','scheduled_type':'MONTH',"
                + "'month_list':'1,2','date_list':'28,L','scheduled_time':'06:00:00','time_zone':'Asia/Shanghai',"
                + "'expire_time':'2027-12-31 00:00:00','description':'d','force_execute':true,'gray_count':1,"
                + "'gray_desktop_ids':['{desktop}'],'gray_fail_threshold':1,'apply_objects':["
                + "{'object_type':'DESKTOP','object_id':'{desktop}','object_name':'whatever'},"
                + "{'object_type':'DESKTOP_POOL','object_id':'{pool}'},"
                + "{'object_type':'DESKTOP_TAG','object_id':'room=12'}],'extra_params':'" + params + "'}"));

        JsonObject shown = show(id);

        assertThat(shown)
                .isEqualTo(new JsonObject()
                        .put("id", id)
                        .put("task_name", "n")
                        .put("task_type", "EXECUTE_SCRIPT")
                        .put("scheduled_type", "MONTH")
                        .put("month_list", "1,2")
                        .put("date_list", "28,L")
                        .put("scheduled_time", "06:00:00")
                        .put("time_zone", "Asia/Shanghai")
                        .put("expire_time", "2027-12-31 00:00:00")
                        .put("description", "d")
                        .put("force_execute", true)
                        .put("gray_count", 1)
                        .put("gray_desktop_ids", new JsonArray().add(desktop.toString()))
                        .put("gray_fail_threshold", 1)
                        .put("extra_params", params.replace("\\", ""))
                        .put(
                                "apply_objects",
                                new JsonArray()
                                        .add(object("DESKTOP", desktop.toString())
                                                .put("object_name", "pc-1"))
                                        .add(object("DESKTOP_POOL", pool.toString())
                                                .put("object_name", "pool"))
                                        .add(object("DESKTOP_TAG", "room=12"))));
        JsonObject row = onlyRow();
        assertThat(row.getString("next_execution_time")).isEqualTo("2027-01-28 06:00:00");
        assertThat(row.getString("next_execution_time_with_offset")).isEqualTo("2027-01-28T06:00:00+08:00");
        assertThat(row.getBoolean("enable")).isTrue();
        assertThat(row.getString("expire_time")).isEqualTo("2027-12-31 00:00:00");
        assertThat(row.containsKey("apply_objects")).isFalse();
        assertThat(row.containsKey("last_status")).isFalse();
    }

    private static JsonObject object(String type, String id) {
        return new JsonObject().put("object_type", type).put("object_id", id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'scheduled_type':'FIXED_TIME','scheduled_date':'2026-11-22','scheduled_time':'08:00:00'                | 2026-11-22 08:00:00",
                "'scheduled_type':'DAY','day_interval':5,'scheduled_time':'11:59:59'                                    | 2026-11-22 11:59:59",
                "'scheduled_type':'DAY','day_interval':5,'scheduled_time':'12:00:01','time_zone':'UTC'                  | 2026-11-21 12:00:01",
                "'scheduled_type':'WEEK','week_list':'1, 2','scheduled_time':'08:00:00','time_zone':'GMT+8'             | 2026-11-22 08:00:00",
                "'scheduled_type':'WEEK','week_list':'7','scheduled_time':'23:00:00','time_zone':'GMT+08:00'            | 2026-11-21 23:00:00",
                "'scheduled_type':'MONTH','month_list':'2','date_list':'29','scheduled_time':'00:00:00'                 | 2028-02-29 00:00:00",
                "'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00','expire_time':'','week_list':null  | 2026-11-22 02:30:00",
            },
            quoteCharacter = '`')
    void saysWhenATaskWouldFireNext(String timing, String expected) {
        server.create("{'task_name':'n','task_type':'REBOOT'," + timing + "," + ALL + "}");
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo(expected);
        assertThat(server.fixture.count(
                        "SELECT count(*) FROM scheduled_tasks WHERE next_firing_at > $1",
                        server.now.atOffset(ZoneOffset.UTC)))
                .isEqualTo(1);
    }

    @Test
    void theNextExecutionIsNeverPast() {
        server.create("{'task_name':'n','task_type':'STOP','scheduled_type':'DAY','day_interval':3,"
                + "'scheduled_time':'13:00:00','expire_time':'2026-12-01 00:00:00'," + ALL + "}");

        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-21 13:00:00");
        server.now = Instant.parse("2026-11-21T13:00:00Z");
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-24 13:00:00");
        server.now = Instant.parse("2026-11-30T13:00:00Z");
        assertThat(onlyRow().containsKey("next_execution_time")).isFalse();
    }

    @Test
    void filtersByEachAndByTwoAtOnce() {
        server.create(DAILY.formatted("Alpha 100%", "STOP"));
        server.create(DAILY.formatted("beta", "REBOOT"));
        server.create("{'task_name':'alphabet','task_type':'REBOOT','scheduled_type':'WEEK','week_list':'1',"
                + "'scheduled_time':'08:00:00'," + ALL + "}");
        server.create(TRIGGERED.formatted("alpha triggered"));
        server.fixture.execute("UPDATE scheduled_tasks SET last_status = 'FAIL' WHERE task_name = 'beta'");
        server.fixture.execute("UPDATE scheduled_tasks SET last_status = 'SUCCESS' WHERE task_name ILIKE 'alpha%'");

        assertThat(names("")).containsExactly("alphabet", "beta", "Alpha 100%");
        assertThat(names("&task_name=ALPHA")).containsExactly("alphabet", "Alpha 100%");
        assertThat(names("&task_name=0%25")).containsExactly("Alpha 100%");
        assertThat(names("&task_type=REBOOT")).containsExactly("alphabet", "beta");
        assertThat(names("&scheduled_type=WEEK")).containsExactly("alphabet");
        assertThat(names("&scheduled_type=LIFE_CYCLE")).containsExactly("alpha triggered");
        assertThat(names("&life_cycle_type=POST_DESKTOP_DISCONNECTED")).isEmpty();
        assertThat(names("&scheduled_type=LIFE_CYCLE&life_cycle_type=POST_DESKTOP_DISCONNECTED"))
                .containsExactly("alpha triggered");
        assertThat(names("&scheduled_type=LIFE_CYCLE&life_cycle_type=POST_DESKTOP_CANNOT_CONNECT"))
                .isEmpty();
        assertThat(names("&last_status=FAIL")).containsExactly("beta");
        assertThat(names("&last_status=SKIP")).isEmpty();
        assertThat(names("&last_status=SUCCESS&task_type=REBOOT")).containsExactly("alphabet");
        assertThat(names("&task_name=alpha&scheduled_type=DAY")).containsExactly("Alpha 100%");
        assertThat(names("&task_name=&task_type&last_status=")).hasSize(3);
    }

    @Test
    void filtersByAnyTwoAndPagesThrough() {
        for (String type : List.of("STOP", "REBOOT")) {
            server.create(DAILY.formatted("day " + type, type));
            server.create("{'task_name':'week','task_type':'" + type + "','scheduled_type':'WEEK','week_list':'1',"
                    + "'scheduled_time':'08:00:00'," + ALL + "}");
        }
        server.fixture.execute("UPDATE scheduled_tasks SET last_status = 'FAIL' WHERE task_name = 'day STOP'");
        server.fixture.execute("UPDATE scheduled_tasks SET last_status = 'SKIP' WHERE task_name = 'week'");

        FilterTable table = new FilterTable(
                query -> server.send("GET", TASKS + "?" + query, null).json(),
                "scheduled_tasks",
                "total_count",
                "id",
                50);
        table.filter("task_name=DAY", row -> row.getString("task_name").startsWith("day"))
                .filter("task_type=STOP", row -> row.getString("task_type").equals("STOP"))
                .filter("scheduled_type=WEEK", row -> row.getString("scheduled_type")
                        .equals("WEEK"))
                .filter("last_status=FAIL", row -> "FAIL".equals(row.getString("last_status")))
                .filter("last_status=SKIP", row -> "SKIP".equals(row.getString("last_status")))
                .check();
    }

    /** Otherwise a schedule would be a way around the permission. */
    @ParameterizedTest
    @CsvSource({"STOP, workspace:desktops:operate", "EXECUTE_SCRIPT, workspace:scripts:execute"})
    void whatMayNotBeDoneNowMayNotBeScheduled(String type, String permission) {
        String body = DAILY.formatted("n", type)
                .replace(
                        ALL,
                        type.equals("STOP")
                                ? ALL
                                : ALL + ",'extra_params':'{\\'script_ids\\':[\\'" + script + "\\']}'");
        String schedules = "workspace:scheduledTasks:create,workspace:scheduledTasks:update";
        Answer refused = server.sendWith(schedules, "POST", TASKS, body);
        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.message()).contains(permission);
        String id = server.sendWith(schedules + "," + permission, "POST", TASKS, body)
                .json()
                .getString("task_id");
        String change = TASKS + "/" + id;
        assertThat(server.sendWith(schedules, "PUT", change, "{'enable':false}").status())
                .isEqualTo(403);
        assertThat(server.sendWith(schedules + "," + permission, "PUT", change, "{'enable':false}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void pages() {
        for (int i = 0; i < 3; i++) {
            server.create(DAILY.formatted("t" + i, "STOP"));
        }
        Answer second = server.send("GET", TASKS + "?offset=1&limit=1", null);
        assertThat(second.column("scheduled_tasks", "task_name")).containsExactly("t1");
        assertThat(second.json().getInteger("total_count")).isEqualTo(3);
        Answer none = server.send("GET", TASKS + "?offset=0&limit=0", null);
        assertThat(none.column("scheduled_tasks", "task_name")).isEmpty();
        assertThat(none.json().getInteger("total_count")).isEqualTo(3);
        Answer beyond = server.send("GET", TASKS + "?offset=100&limit=50", null);
        assertThat(beyond.column("scheduled_tasks", "task_name")).isEmpty();
        assertThat(beyond.json().getInteger("total_count")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?limit=10                          | offset",
                "?offset=0                          | limit",
                "?offset=&limit=10                  | offset",
                "?offset=0&limit=51                 | limit",
                "?offset=0&limit=-1                 | limit",
                "?offset=-1&limit=1                 | offset",
                "?offset=0&limit=1&task_type=DANCE  | task_type",
                "?offset=0&limit=1&scheduled_type=X | scheduled_type",
                "?offset=0&limit=1&last_status=OK   | last_status",
                "?offset=0&limit=1&taskname=x       | task_name",
            })
    void refusesListsThatItCannotServe(String query, String named) {
        Answer answer = server.send("GET", TASKS + query, null);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains(named);
    }

    @Test
    void aTriggeredTaskHasItsDefaultsAndNoNextExecution() {
        String id = server.create(TRIGGERED.formatted("t"));
        server.send("PUT", TASKS + "/" + id, "{'priority':7,'wait_time':30}").json();

        JsonObject row = server.send("GET", LIST + "&scheduled_type=LIFE_CYCLE", null)
                .json()
                .getJsonArray("scheduled_tasks")
                .getJsonObject(0);
        assertThat(row.getInteger("wait_time")).isEqualTo(30);
        assertThat(row.getInteger("life_cycle_exec_period")).isEqualTo(1440);
        assertThat(row.getInteger("priority")).isEqualTo(7);
        assertThat(row.getString("life_cycle_type")).isEqualTo("POST_DESKTOP_DISCONNECTED");
        assertThat(row.containsKey("next_execution_time")).isFalse();
    }

    @Test
    void anUpdateKeepsWhatItDoesNotSend() {
        String id = server.create("{'task_name':'n','task_type':'STOP','scheduled_type':'DAY','day_interval':3,"
                + "'scheduled_time':'13:00:00','expire_time':'2026-12-24 00:00:00','description':'d'," + ALL + "}");
        server.now = Instant.parse("2026-11-22T12:00:00Z");

        Answer answer = server.send("PUT", TASKS + "/" + id, "{'task_name':'m','day_interval':3.0,'expire_time':''}");

        assertThat(answer.json()).isEqualTo(new JsonObject());
        assertThat(show(id).getString("task_name")).isEqualTo("m");
        assertThat(show(id).getString("description")).isEqualTo("d");
        assertThat(show(id).containsKey("expire_time")).isFalse();
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-24 13:00:00");
        server.send("PUT", TASKS + "/" + id, "{'day_interval':4}").json();
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-22 13:00:00");
        server.send("PUT", TASKS + "/" + id, "{'enable':false}").json();
        assertThat(onlyRow().getBoolean("enable")).isFalse();
        assertThat(onlyRow().containsKey("next_execution_time")).isFalse();
        server.send("PUT", TASKS + "/" + id, "{'enable':true}").json();
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-22 13:00:00");
    }

    @Test
    void anotherScheduledTypeDropsTheFieldsOfTheOneBefore() {
        String id = server.create(DAILY.formatted("n", "STOP"));

        server.send("PUT", TASKS + "/" + id, "{'scheduled_type':'WEEK','week_list':'2','scheduled_time':'01:00:00'}")
                .json();

        assertThat(show(id).containsKey("day_interval")).isFalse();
        assertThat(onlyRow().getString("next_execution_time")).isEqualTo("2026-11-23 01:00:00");
        Answer mixed = server.send("PUT", TASKS + "/" + id, "{'day_interval':2}");
        assertThat(mixed.status()).isEqualTo(400);
        assertThat(mixed.message()).contains("day_interval").contains("WEEK");
        Answer missing = server.send("PUT", TASKS + "/" + id, "{'scheduled_type':'DAY','scheduled_time':'01:00:00'}");
        assertThat(missing.message()).contains("day_interval is missing");
    }

    @Test
    void aTaskWhoseTimeHasPassedCanBeRenamedButNotMovedIntoThePast() {
        String id = server.create("{'task_name':'n','task_type':'STOP','scheduled_type':'FIXED_TIME',"
                + "'scheduled_date':'2026-11-22','scheduled_time':'08:00:00'," + ALL + "}");
        server.now = Instant.parse("2026-11-23T00:00:00Z");

        assertThat(server.send("PUT", TASKS + "/" + id, "{'task_name':'m','scheduled_time':'08:00:00'}")
                        .status())
                .isEqualTo(200);
        assertThat(server.send("PUT", TASKS + "/" + id, "{'scheduled_time':'09:00:00'}")
                        .message())
                .contains("scheduled_date and scheduled_time are past");
    }

    @Test
    void replacesAndClearsWhatATaskAppliesTo() {
        String id = server.create(DAILY.formatted("n", "STOP"));
        String one = filled(
                "[{'object_type':'DESKTOP','object_id':'{desktop}'},{'object_type':'DESKTOP','object_id':'{desktop}'}]");

        server.send("PUT", TASKS + "/" + id, "{'apply_object_update_type':'FULL_COVERAGE','apply_objects':" + one + "}")
                .json();
        assertThat(show(id).getJsonArray("apply_objects")).hasSize(1);
        server.send("PUT", TASKS + "/" + id, "{'apply_object_update_type':'CLEAR_ALL'}")
                .json();
        assertThat(show(id).getJsonArray("apply_objects")).isEmpty();
        server.send("PUT", TASKS + "/" + id, "{'apply_objects':" + one + "}").json();
        assertThat(show(id).getJsonArray("apply_objects")).hasSize(1);
    }

    @Test
    void turnsTheGrayBatchOnAndOff() {
        String id = server.create(
                filled("{'task_name':'n','task_type':'EXECUTE_SCRIPT','scheduled_type':'DAY','day_interval':1,"
                        + "'scheduled_time':'02:30:00',"
                        + "'extra_params':'{\\'command_content\\':\\'id\\',\\'command_type\\':\\'SHELL\\'}'," + ALL
                        + "}"));

        assertThat(server.send("PUT", TASKS + "/" + id, "{'is_gray':true}").message())
                .contains("is_gray");
        server.send("PUT", TASKS + "/" + id, "{'is_gray':true,'gray_count':2,'gray_fail_threshold':2}")
                .json();
        assertThat(show(id).getInteger("gray_count")).isEqualTo(2);
        assertThat(server.send("PUT", TASKS + "/" + id, "{'is_gray':false,'gray_count':2}")
                        .status())
                .isEqualTo(400);
        server.send("PUT", TASKS + "/" + id, "{'is_gray':false}").json();
        assertThat(show(id).fieldNames()).doesNotContain("gray_count", "gray_fail_threshold");
    }

    @Test
    void deletesOneAndSeveral() {
        String a = server.create(DAILY.formatted("a", "STOP"));
        String b = server.create(DAILY.formatted("b", "STOP"));
        String c = server.create(DAILY.formatted("c", "STOP"));

        assertThat(server.send("DELETE", TASKS + "/" + a, null).status()).isEqualTo(200);
        assertThat(server.send("DELETE", TASKS + "/" + a, null).status()).isEqualTo(404);
        Answer partly = server.send("POST", TASKS + "/batch-delete", "{'task_ids':['" + b + "','" + a + "']}");
        assertThat(partly.status()).isEqualTo(404);
        assertThat(partly.message()).contains(a).contains("nothing was deleted");
        assertThat(names("")).containsExactly("c", "b");
        assertThat(server.send("POST", TASKS + "/batch-delete", "{'task_ids':['" + b + "','" + c + "','" + b + "']}")
                        .status())
                .isEqualTo(200);
        assertThat(names("")).isEmpty();
    }

    @Test
    void tasksOfAnotherProjectDoNotExist() {
        String theirs = server.createAs(OTHER_PROJECT, DAILY.formatted("theirs", "STOP"));

        assertThat(names("")).isEmpty();
        for (String path : List.of("", "/records", "/records/" + UUID.randomUUID() + "?offset=0&limit=1")) {
            assertThat(server.send("GET", TASKS + "/" + theirs + path, null).status())
                    .isEqualTo(404);
        }
        assertThat(server.send("PUT", TASKS + "/" + theirs, "{'task_name':'x'}").status())
                .isEqualTo(404);
        assertThat(server.send("DELETE", TASKS + "/" + theirs, null).status()).isEqualTo(404);
        assertThat(server.send("POST", TASKS + "/batch-delete", "{'task_ids':['" + theirs + "']}")
                        .status())
                .isEqualTo(404);
        assertThat(server.sendAs(OTHER_PROJECT, "GET", TASKS + "/" + theirs, null)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whatIsNoIdIsNotFound() {
        assertThat(server.send("GET", TASKS + "/nonsense", null).status()).isEqualTo(404);
        assertThat(server.send("GET", TASKS + "/nonsense/records", null).status())
                .isEqualTo(404);
        String id = server.create(DAILY.formatted("a", "STOP"));
        assertThat(server.send("GET", TASKS + "/" + id + "/records/nonsense?offset=0&limit=1", null)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void namesWhatTheOldSdkCannotSend() {
        Answer answer = server.send(
                "POST",
                TASKS,
                "{'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00','time_zone':'UTC'}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains("task_name").contains("task_type").contains("missing");
    }

    @Test
    void listsWhatFiringsCameTo() {
        String id = server.create(DAILY.formatted("a", "STOP"));
        Answer none = server.send("GET", TASKS + "/" + id + "/records", null);
        assertThat(none.json())
                .isEqualTo(
                        new JsonObject().put("tasks_records", new JsonArray()).put("total_count", 0));

        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        firing(first, id, "2026-11-22T02:30:00Z");
        firing(second, id, "2026-11-23T02:30:00Z");
        job(second);

        Answer records = server.send("GET", TASKS + "/" + id + "/records?limit=1", null);
        assertThat(records.json().getInteger("total_count")).isEqualTo(2);
        JsonObject record = records.json().getJsonArray("tasks_records").getJsonObject(0);
        assertThat(record.getString("id")).isEqualTo(second.toString());
        assertThat(record.getString("start_time")).isEqualTo("2026-11-23 02:30:00");
        assertThat(record.getString("status")).isEqualTo("SKIP");
        assertThat(record.getString("task_type")).isEqualTo("STOP");
        assertThat(record.getInteger("skip_num")).isEqualTo(1);
        assertThat(server.send("GET", TASKS + "/" + id + "/records?offset=1", null)
                        .column("tasks_records", "id"))
                .containsExactly(first.toString());

        String details = TASKS + "/" + id + "/records/" + second;
        JsonObject detail = server.send("GET", details + "?offset=0&limit=50", null)
                .json()
                .getJsonArray("tasks_records_details")
                .getJsonObject(0);
        assertThat(detail.getString("record_id")).isEqualTo(second.toString());
        assertThat(detail.getString("desktop_id")).isEqualTo(desktop.toString());
        assertThat(detail.getString("exec_status")).isEqualTo("SKIP");
        assertThat(detail.getString("fail_reason")).isEqualTo("it was off");
        assertThat(detail.getString("end_time")).isEqualTo("2026-11-23 02:31:00");
        assertThat(server.send("GET", details + "?offset=0", null).message()).contains("limit");
        assertThat(server.send("GET", details + "?limit=1", null).message()).contains("offset");
        assertThat(server.send("GET", details + "?offset=0&limit=101", null).status())
                .isEqualTo(400);
        String other = server.create(DAILY.formatted("b", "STOP"));
        assertThat(server.send("GET", TASKS + "/" + other + "/records/" + second + "?offset=0&limit=1", null)
                        .status())
                .isEqualTo(404);
    }

    /** A desktop to which it did not apply. */
    private static void job(UUID firing) {
        UUID job = UUID.randomUUID();
        OffsetDateTime ended = Instant.parse("2026-11-23T02:31:00Z").atOffset(ZoneOffset.UTC);
        server.fixture.execute(
                "INSERT INTO jobs (id, project_id, job_type, status, end_time) VALUES ($1, $2, 'x', 'FAIL', $3)",
                job,
                PROJECT,
                ended);
        server.fixture.execute(
                "INSERT INTO sub_jobs (job_id, project_id, job_type, desktop_id, desktop_name, status, error_code, reason,"
                        + " begin_time, end_time) VALUES ($1, $2, 'x', $3, 'pc-1', 'FAILED', 'WKS.00010032', 'it was off', $4, $4)",
                job,
                PROJECT,
                desktop,
                ended);
        server.fixture.execute("UPDATE scheduled_task_firings SET job_id = $2 WHERE id = $1", firing, job);
    }

    private static void firing(UUID firing, String task, String at) {
        server.fixture.execute(
                "INSERT INTO scheduled_task_firings (id, task_id, planned_at, request, status, skip_num, start_time, end_time)"
                        + " SELECT $1, id, $3, request, 'SKIP', 1, $3, $3 FROM scheduled_tasks WHERE id = $2",
                firing,
                UUID.fromString(task),
                Instant.parse(at).atOffset(ZoneOffset.UTC));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'scheduled_type':'DAY'                          | 'scheduled_type':'YEAR'                              | scheduled_type",
                "'day_interval':1,                               |                                                      | day_interval is missing",
                "'day_interval':1                                | 'day_interval':0                                     | day_interval",
                "'day_interval':1                                | 'day_interval':32                                    | day_interval",
                "'scheduled_time':'02:30:00'                     | 'scheduled_time':'24:00:00'                          | scheduled_time",
                "'scheduled_time':'02:30:00'                     | 'scheduled_time':'2:30'                              | scheduled_time",
                "'scheduled_time':'02:30:00',                    |                                                      | scheduled_time is missing",
                "'day_interval':1                                | 'day_interval':1,'week_list':'1'                     | week_list does not go with",
                "'day_interval':1                                | 'day_interval':1,'scheduled_date':'2027-01-01'       | scheduled_date does not go with",
                "'day_interval':1                                | 'day_interval':1,'wait_time':5                       | wait_time does not go with",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'WEEK','week_list':'0'              | week_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'WEEK','week_list':'8'              | week_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'WEEK','week_list':'1,,2'           | week_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'WEEK','week_list':'MON'            | week_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'WEEK','week_list':''               | week_list is missing",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'MONTH','month_list':'1'            | date_list is missing",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'MONTH','date_list':'1'             | month_list is missing",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'MONTH','month_list':'13','date_list':'1'  | month_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'MONTH','month_list':'1','date_list':'32'  | date_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'MONTH','month_list':'2','date_list':'30'  | date_list",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'FIXED_TIME','scheduled_date':'2026-11-21' | past",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'FIXED_TIME','scheduled_date':'2027-02-29' | scheduled_date",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'FIXED_TIME'                        | scheduled_date is missing",
                "'day_interval':1                                | 'day_interval':1,'time_zone':'Europe/Berln'          | Europe/Berlin",
                "'day_interval':1                                | 'day_interval':1,'time_zone':'GMT+25'                | time_zone",
                "'day_interval':1                                | 'day_interval':1,'expire_time':'2026-11-22 02:29:59' | expire_time is before the first execution",
                "'day_interval':1                                | 'day_interval':1,'expire_time':'tomorrow'            | expire_time",
                "'task_type':'STOP'                              | 'task_type':'DANCE'                                  | task_type",
                "'task_type':'STOP',                             |                                                      | task_type is missing",
                "'task_name':'n'                                 | 'task_name':''                                       | task_name",
                "'task_name':'n'                                 | 'task_name':'  '                                     | task_name",
                "'task_name':'n'                                 | 'task_name':'a\\nb'                                  | task_name",
                "'task_name':'n'                                 | 'task_name':'n','gray_cont':1                        | gray_count",
                "'task_name':'n'                                 | 'task_name':'n','gray_count':1                       | gray_count",
                "'task_name':'n'                                 | 'task_name':'n','gray_count':1001                    | gray_count",
                "'task_name':'n'                                 | 'task_name':'n','priority':1                         | priority",
                "'task_name':'n'                                 | 'task_name':'n','extra_params':'x'                   | extra_params",
                "'task_name':'n'                                 | 'task_name':'n','extra_params':'[]'                  | extra_params",
                "'task_name':'n'                                 | 'task_name':'n','extra_params':'{\\'notify_mesage\\':\\'x\\'}' | notify_message",
                "'task_name':'n'                                 | 'task_name':'n','extra_params':'{\\'notify_message\\':5}'      | notify_message",
                "{'object_type':'ALL_DESKTOPS'}                  |                                                      | apply_objects is missing",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_id':'x'}                                    | object_type",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'HOUSE'}                              | object_type",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'DESKTOP'}                            | apply_objects[0].object_id",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'DESKTOP','object_id':'x'}            | apply_objects[0]",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'DESKTOP','object_id':'{foreign}'}    | {foreign}",
                "{'object_type':'ALL_DESKTOPS'} | {'object_type':'DESKTOP','object_id':'{desktop}'},{'object_type':'DESKTOP_POOL','object_id':'{desktop}'} | apply_objects[1]",
                "{'object_type':'ALL_DESKTOPS'} | {'object_type':'DESKTOP','object_id':5} | apply_objects[0].object_id",
                "[{'object_type':'ALL_DESKTOPS'}] | ['x'] | apply_objects[0]",
                "'task_name':'n' | 'task_name':'n','extra_params':'null' | extra_params",
                "'task_name':'n' | 'task_name':'n','extra_params':'{\\'a\\'' | extra_params",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'DESKTOP_POOL','object_id':'{desktop}'} | {desktop}",
                "{'object_type':'ALL_DESKTOPS'}                  | {'object_type':'DESKTOP_TAG','object_id':'=x'}       | key=value",
                "'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00' | 'scheduled_type':'LIFE_CYCLE'    | life_cycle_type",
                "'task_type':'STOP','scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00' | 'task_type':'START','scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_DESKTOP_DISCONNECTED' | START",
                "'task_type':'STOP','scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00' | 'task_type':'REBUILD','scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_DESKTOP_DISCONNECTED' | REBUILD",
                "'scheduled_type':'DAY','day_interval':1         | 'scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_DESKTOP_DISCONNECTED' | scheduled_time does not go with",
                "'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00' | 'scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_PARTY' | life_cycle_type",
                "'task_type':'STOP'                              | 'task_type':'EXECUTE_SCRIPT'                         | extra_params is missing",
                "'task_type':'STOP'                              | 'task_type':'EXECUTE_SCRIPT','extra_params':'{}'     | script_ids",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{foreignScript}\\']}' | {foreignScript}",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[]}' | script_ids",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'scriptids\\':[\\'{script}\\']}' | script_ids",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'command_content\\':\\'id\\'}' | command_type",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'command_content\\':\\'id\\',\\'command_type\\':\\'SHELL\\',\\'script_ids\\':[\\'{script}\\']}' | either script_ids",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{script}\\'],\\'execution_timeout\\':601}' | execution_timeout",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{script}\\'],\\'pre_start\\':\\'stop\\'}' | pre_start",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{script}\\']}','gray_fail_threshold':1 | gray_fail_threshold",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{script}\\']}','gray_count':1,'gray_fail_threshold':2 | gray_fail_threshold",
                "'task_type':'STOP' | 'task_type':'EXECUTE_SCRIPT','extra_params':'{\\'script_ids\\':[\\'{script}\\']}','gray_desktop_ids':['{foreign}'] | gray_desktop_ids",
            })
    void refusesWhatCannotBeStored(String good, String bad, String named) {
        String body = DAILY.formatted("n", "STOP");
        assertThat(body).contains(good);

        Answer answer = server.send("POST", TASKS, filled(body.replace(good, bad == null ? "" : bad)));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.message()).contains(filled(named));
        assertThat(names("")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "PUT  | /{id}             | {'task_type':'STOP'}                                    | task_type",
                "PUT  | /{id}             | {'priority':1}                                          | priority does not go with",
                "PUT  | /{id}             | {'priority':51}                                         | priority",
                "PUT  | /{id}             | {'enabled':true}                                        | enable",
                "PUT  | /{id}             | {'is_gray':true}                                        | is_gray",
                "PUT  | /{id}             | {'gray_count':1}                                        | gray_count",
                "PUT  | /{id}             | {'apply_objects':[]}                                    | CLEAR_ALL",
                "PUT  | /{id}             | {'apply_object_update_type':'FULL_COVERAGE'}            | apply_objects",
                "PUT  | /{id}             | {'apply_object_update_type':'CLEAR_ALL','apply_objects':[{'object_type':'ALL_DESKTOPS'}]} | CLEAR_ALL",
                "PUT  | /{id}             | {'time_zone':'Mars'}                                    | time_zone",
                "PUT  | /{id}             | {'expire_time':'2020-01-01 00:00:00'}                   | expire_time",
                "POST | /batch-delete     | {}                                                      | task_ids is missing",
                "POST | /batch-delete     | {'task_ids':[]}                                         | task_ids",
                "POST | /future-executions | {}                                                     | scheduled_type is missing",
                "POST | /future-executions | {'scheduled_type':'DAY'}                               | day_interval is missing",
                "POST | /future-executions | {'scheduled_type':'WEEK','week_list':'8','scheduled_time':'01:00:00'} | week_list",
                "GET  | /life-cycle-type/configurations?type=X | {}                                 | type",
            })
    void refusesOtherRequestsThatItCannotServe(String method, String path, String body, String named) {
        String id = server.create(DAILY.formatted("n", "STOP"));

        Answer answer = server.send(method, TASKS + path.replace("{id}", id), body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.message()).contains(named);
    }

    @Test
    void previewsATimingThatIsNotStored() {
        Answer weekly = server.send(
                "POST",
                TASKS + "/future-executions",
                "{'scheduled_type':'WEEK','week_list':'1','scheduled_time':'02:30:00','time_zone':'Europe/Berlin',"
                        + "'expire_time':'2026-12-06 02:30:00','gray_count':3}");
        assertThat(weekly.json())
                .isEqualTo(new JsonObject()
                        .put(
                                "future_executions",
                                new JsonArray(
                                        List.of("2026-11-22 02:30:00", "2026-11-29 02:30:00", "2026-12-06 02:30:00")))
                        .put(
                                "future_executions_with_offset",
                                new JsonArray(List.of(
                                        "2026-11-22T02:30:00+01:00",
                                        "2026-11-29T02:30:00+01:00",
                                        "2026-12-06T02:30:00+01:00"))));
        Answer daily = server.send(
                "POST",
                TASKS + "/future-executions",
                "{'scheduled_type':'DAY','day_interval':31,'scheduled_time':'12:00:00'}");
        assertThat(daily.json().getJsonArray("future_executions")).hasSize(10);
        assertThat(daily.json().getJsonArray("future_executions").getString(1)).isEqualTo("2026-12-23 12:00:00");
        Answer triggered = server.send(
                "POST",
                TASKS + "/future-executions",
                "{'scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_DESKTOP_DISCONNECTED'}");
        assertThat(triggered.json().getJsonArray("future_executions")).isEmpty();
        assertThat(names("")).isEmpty();
    }

    @Test
    void tellsWhatCanTriggerATask() {
        JsonObject all = server.send("GET", TASKS + "/life-cycle-type/configurations", null)
                .json();
        assertThat(all.fieldNames())
                .containsExactlyInAnyOrder(
                        "POST_CREATE_DESKTOP_SUCCESS",
                        "POST_REBUILD_DESKTOP_SUCCESS",
                        "POST_REATTACH_DESKTOP_SUCCESS",
                        "POST_DESKTOP_DISCONNECTED",
                        "POST_DESKTOP_CANNOT_CONNECT");
        JsonObject one = server.send(
                        "GET", TASKS + "/life-cycle-type/configurations?type=POST_DESKTOP_CANNOT_CONNECT", null)
                .json();
        assertThat(one.fieldNames()).containsExactly("POST_DESKTOP_CANNOT_CONNECT");
        assertThat(one.getJsonObject("POST_DESKTOP_CANNOT_CONNECT").getInteger("default_exec_time"))
                .isEqualTo(1440);
    }
}
