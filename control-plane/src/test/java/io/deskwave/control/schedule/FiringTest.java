package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.DesktopFixture;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scheduled tasks that fire, told by moving the clock. The desktops' side is left out: what a firing makes is looked at. */
class FiringTest {
    private static final String ALL = "[{'object_type':'ALL_DESKTOPS'}]";
    private static final String COMMAND = "{\\\"command_content\\\":\\\"true\\\",\\\"command_type\\\":\\\"SHELL\\\"}";
    private static final Instant DUE = Instant.parse("2026-11-22T02:30:00Z");

    private static final ScheduleServer SERVER = new ScheduleServer();
    private static final Firer FIRER = new Firer(SERVER.database, () -> SERVER.now);
    private static UUID online = new UUID(0, 0);
    private static UUID offline = new UUID(0, 0);
    private static UUID emptyPool = new UUID(0, 0);

    @BeforeAll
    static void start() {
        online = SERVER.fixture.desktop(PROJECT, null, "pc-1");
        offline = SERVER.fixture.desktop(PROJECT, null, "pc-2");
        emptyPool = SERVER.fixture.pool(PROJECT, "empty");
    }

    @AfterAll
    static void stop() throws Exception {
        SERVER.close();
    }

    @BeforeEach
    void empty() {
        SERVER.now = ScheduleServer.START;
        SERVER.fixture.execute("TRUNCATE scheduled_tasks, execution_tasks, jobs, restores CASCADE");
        SERVER.fixture.execute("UPDATE desktops SET node_id = NULL");
        SERVER.fixture.connect(online, DesktopFixture.host());
    }

    private static String task(String type, String timing, String more) {
        return "{'task_name':'t','task_type':'" + type + "'," + timing + more + "}";
    }

    private static String daily(String more) {
        return task(
                "EXECUTE_SCRIPT",
                "'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00'",
                ",'extra_params':'" + COMMAND + "'" + (more.contains("apply_objects") ? "" : ",'apply_objects':" + ALL)
                        + more);
    }

    private static String power(String type, String more) {
        return task(
                type,
                "'scheduled_type':'DAY','day_interval':1,'scheduled_time':'02:30:00'",
                ",'apply_objects':" + ALL + more);
    }

    private static OffsetDateTime at(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static JsonObject only(String task) {
        List<JsonObject> records = Firer.records(SERVER, task);
        assertThat(records).hasSize(1);
        return records.get(0);
    }

    private static void endExecution(JsonObject record, int success, int failed, int skipped) {
        SERVER.fixture.execute(
                "UPDATE execution_tasks SET status = $2, end_time = $3::timestamptz, start_time = $3::timestamptz,"
                        + " success_num = $4, failed_num = $5, skip_num = $6 WHERE id = $1",
                UUID.fromString(record.getString("execute_task_id")),
                failed > 0 ? "FAILED" : "SUCCESS",
                at(SERVER.now),
                success,
                failed,
                skipped);
    }

    @Test
    void firesAtThePlannedInstantAndNotBeforeIt() {
        String id = SERVER.create(daily(""));
        SERVER.now = DUE.minusMillis(1);
        assertThat(FIRER.fire()).isZero();
        SERVER.now = DUE;
        assertThat(FIRER.fire()).isEqualTo(1);
        assertThat(FIRER.fire()).isZero();

        JsonObject record = only(id);
        assertThat(record.getString("status")).isEqualTo("RUNNING");
        assertThat(record.getString("start_time")).isEqualTo("2026-11-22 02:30:00");
        assertThat(record.getString("planned_time")).isEqualTo("2026-11-22T02:30:00Z");
        assertThat(record.getString("execute_object_type")).isEqualTo("ALL_DESKTOPS");
        assertThat(Firer.row(SERVER, id).getString("next_execution_time")).isEqualTo("2026-11-23 02:30:00");
        assertThat(Firer.details(SERVER, id, record))
                .extracting(detail -> detail.getString("desktop_name") + " " + detail.getString("exec_status"))
                .containsExactly("pc-1 WAITING", "pc-2 WAITING");
        assertThat(Firer.row(SERVER, id).getString("last_status")).isNull();

        SERVER.now = DUE.plusSeconds(5);
        endExecution(record, 1, 0, 1);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SUCCESS");
        assertThat(only(id).getInteger("skip_num")).isEqualTo(1);
        assertThat(only(id).getString("end_time")).isEqualTo("2026-11-22 02:30:05");
        assertThat(Firer.row(SERVER, id).getString("last_status")).isEqualTo("SUCCESS");
    }

    @Test
    void anExecutionThatIsRetriedAfterItsEndChangesTheRecord() {
        String id = SERVER.create(daily(""));
        SERVER.now = DUE;
        FIRER.fire();
        endExecution(only(id), 1, 1, 0);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("FAIL");
        SERVER.now = DUE.plusSeconds(60);
        endExecution(only(id), 2, 0, 0);
        FIRER.endings.rung(Set.of(UUID.fromString(only(id).getString("execute_task_id"))), false);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SUCCESS");
        assertThat(Firer.row(SERVER, id).getString("last_status")).isEqualTo("SUCCESS");
    }

    @Test
    void anExecutionThatIsStillUnderWayKeepsTheNextFromStarting() {
        String id = SERVER.create(daily(""));
        String forced = SERVER.create(daily(",'force_execute':true"));
        SERVER.now = DUE;
        FIRER.fire();
        SERVER.now = DUE.plus(Duration.ofDays(1));
        FIRER.fire();
        assertThat(Firer.records(SERVER, id))
                .extracting(record -> record.getString("status"))
                .containsExactly("SKIP", "RUNNING");
        assertThat(Firer.records(SERVER, id).get(0).getString("reason")).contains("still under way", "force_execute");
        assertThat(Firer.row(SERVER, id).getString("last_status")).isEqualTo("SKIP");
        assertThat(Firer.records(SERVER, forced))
                .extracting(record -> record.getString("status"))
                .containsExactly("RUNNING", "RUNNING");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "                                            |  31 | RUNNING |",
                "                                            | 900 | RUNNING |",
                "                                            | 901 | SKIP    | later than the 15 minutes",
                ",'misfire_grace_minutes':60                 | 3600| RUNNING |",
                ",'misfire_grace_minutes':0                  |  31 | SKIP    | later than the 0 minutes",
                ",'misfire_policy':'SKIP'                    |  30 | RUNNING |",
                ",'misfire_policy':'SKIP'                    |  31 | SKIP    | misfire_policy is SKIP",
            })
    void whatWasMissedIsFiredWithinTheGrace(String more, long lateSeconds, String status, String reason) {
        String id = SERVER.create(daily(more == null ? "" : more));
        SERVER.now = DUE.plusSeconds(lateSeconds);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo(status);
        assertThat(only(id).getString("reason", "")).contains(reason == null ? "" : reason);
        assertThat(Firer.row(SERVER, id).getString("next_execution_time")).isEqualTo("2026-11-23 02:30:00");
    }

    @Test
    void whatWasMissedIsNotFiredAfterItsTaskIsOver() {
        String id = SERVER.create(daily(",'expire_time':'2026-11-22 02:31:00'"));
        SERVER.now = DUE.plusSeconds(90);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
        assertThat(only(id).getString("reason")).contains("expire_time");
    }

    @Test
    void ofSeveralThatWereMissedTheLastIsFired() {
        String id = SERVER.create(daily(",'misfire_grace_minutes':10080"));
        SERVER.now = DUE.plus(Duration.ofDays(3)).plusSeconds(60);
        FIRER.fire();
        assertThat(Firer.records(SERVER, id))
                .extracting(record -> record.getString("planned_time") + " " + record.getString("status"))
                .containsExactly(
                        "2026-11-25T02:30:00Z RUNNING",
                        "2026-11-24T02:30:00Z SKIP",
                        "2026-11-23T02:30:00Z SKIP",
                        "2026-11-22T02:30:00Z SKIP");
        assertThat(Firer.records(SERVER, id).get(1).getString("reason")).contains("stands for both");
    }

    @Test
    void aTaskThatAppliesToNoDesktopSaysSo() {
        String id = SERVER.create(
                daily(",'apply_objects':[{'object_type':'DESKTOP_POOL','object_id':'" + emptyPool + "'}]"));
        SERVER.now = DUE;
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
        assertThat(only(id).getString("reason")).contains("applies to no desktop");
        assertThat(Firer.row(SERVER, id).getString("last_status")).isEqualTo("SKIP");
    }

    @Test
    void aTaskThatIsDisabledOrOverSaysSo() {
        String id = SERVER.create(daily(",'expire_time':'2026-11-22 02:30:00'"));
        SERVER.send("PUT", "/scheduled-tasks/" + id, "{'enable':false}").json();
        assertThat(Firer.row(SERVER, id).getString("no_execution_reason")).contains("disabled");
        SERVER.now = DUE;
        assertThat(FIRER.fire()).isZero();
        SERVER.now = ScheduleServer.START;
        SERVER.send("PUT", "/scheduled-tasks/" + id, "{'enable':true}").json();
        SERVER.now = DUE;
        assertThat(FIRER.fire()).isEqualTo(1);
        assertThat(Firer.row(SERVER, id).getString("no_execution_reason")).contains("expire_time 2026-11-22 02:30:00");
    }

    @Test
    void whatIsDisabledOrDeletedBetweenIsNotStarted() {
        String disabled = SERVER.create(daily(""));
        String deleted = SERVER.create(daily(""));
        SERVER.now = DUE;
        assertThat(await(FIRER.due.fire(10))).isEqualTo(2);
        SERVER.send("PUT", "/scheduled-tasks/" + disabled, "{'enable':false}").json();
        SERVER.send("DELETE", "/scheduled-tasks/" + deleted, null).json();
        FIRER.fire();
        assertThat(only(disabled).getString("reason")).contains("disabled before");
        assertThat(SERVER.fixture.count(
                        "SELECT count(*) FROM scheduled_task_firings WHERE reason LIKE '%deleted before%'"))
                .isEqualTo(1);
        assertThat(SERVER.fixture.count("SELECT count(*) FROM execution_tasks")).isZero();
    }

    @Test
    void aChangeOfSomethingElseDoesNotLoseWhatIsDue() {
        String id = SERVER.create(daily(""));
        SERVER.now = DUE.plusSeconds(10);
        SERVER.send("PUT", "/scheduled-tasks/" + id, "{'description':'new'}").json();
        assertThat(FIRER.fire()).isEqualTo(1);
        assertThat(only(id).getString("planned_time")).isEqualTo("2026-11-22T02:30:00Z");
    }

    @Test
    void aBrokenTaskHoldsUpNoOther() {
        String before = SERVER.create(daily(""));
        String zoneless = SERVER.create(daily(""));
        String scriptless = SERVER.create(daily(""));
        String senseless = SERVER.create(daily(""));
        String after = SERVER.create(daily(""));
        change(zoneless, "'{\"time_zone\":\"Mars/Phobos\"}'");
        change(scriptless, "jsonb_build_object('extra_params', '{\"script_ids\":[\"" + UUID.randomUUID() + "\"]}')");
        change(
                senseless,
                "jsonb_build_object('extra_params', '{\"command_content\":\"x\",\"command_type\":\"COBOL\"}')");
        SERVER.now = DUE;
        assertThat(FIRER.fire()).isEqualTo(5);

        assertThat(only(before).getString("status")).isEqualTo("RUNNING");
        assertThat(only(after).getString("status")).isEqualTo("RUNNING");
        assertThat(only(scriptless).getString("status")).isEqualTo("FAIL");
        assertThat(only(scriptless).getString("reason")).contains("there is no script");
        assertThat(only(senseless).getString("status")).isEqualTo("FAIL");
        assertThat(only(senseless).getString("reason")).contains("internal error");
        assertThat(only(zoneless).getString("status")).isEqualTo("FAIL");
        assertThat(only(zoneless).getString("reason")).contains("can no longer be read", "Mars/Phobos");
    }

    private static void change(String task, String json) {
        SERVER.fixture.execute(
                "UPDATE scheduled_tasks SET request = request || " + json + "::jsonb WHERE id = $1",
                UUID.fromString(task));
    }

    @Test
    void whatMayHaveBeenFiredAfterABackupIsNotFiredAgainAfterItsRestore() {
        String id = SERVER.create(daily(""));
        String waiting = SERVER.create(daily(""));
        SERVER.now = DUE;
        assertThat(await(FIRER.due.fire(10))).isEqualTo(2);
        SERVER.fixture.execute("DELETE FROM scheduled_task_firings WHERE task_id = $1", UUID.fromString(id));
        SERVER.fixture.execute(
                "UPDATE scheduled_tasks SET next_firing_at = $2 WHERE id = $1", UUID.fromString(id), at(DUE));
        SERVER.now = DUE.plusSeconds(60);
        SERVER.fixture.execute(
                "INSERT INTO restores (backup_time, restored_at, attempts_above) VALUES ($1, $2, 0)",
                at(DUE.minusSeconds(60)),
                at(SERVER.now));
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
        assertThat(only(id).getString("reason")).contains("restored from a backup of 2026-11-22T02:29:00Z");
        assertThat(only(waiting).getString("status")).isEqualTo("SKIP");
        SERVER.now = DUE.plus(Duration.ofDays(1));
        FIRER.fire();
        assertThat(Firer.records(SERVER, id).get(0).getString("status")).isEqualTo("RUNNING");
    }

    @Test
    void aPowerActionIsAJobAndWhatDoesNotApplyToADesktopIsSkipped() {
        String id = SERVER.create(
                power(
                        "REBOOT",
                        ",'extra_params':'{\\\"notify_message\\\":\\\"Save!\\\",\\\"notify_seconds\\\":90,\\\"timeout_minutes\\\":5}'"));
        SERVER.now = DUE;
        FIRER.fire();
        JsonObject record = only(id);
        assertThat(record.getString("status")).isEqualTo("RUNNING");
        assertThat(Firer.details(SERVER, id, record))
                .extracting(detail -> detail.getString("desktop_name") + " " + detail.getString("exec_status"))
                .containsExactly("pc-1 WAITING", "pc-2 SKIP");
        assertThat(Firer.details(SERVER, id, record).get(1).getString("fail_reason"))
                .contains("not connected");
        assertThat(SERVER.fixture.count(
                        "SELECT count(*) FROM sub_jobs WHERE action = 'REBOOT' AND notify_message = 'Save!'"
                                + " AND notify_seconds = 90 AND NOT force AND deadline = $1",
                        at(DUE.plusSeconds(5 * 60 + 90))))
                .isEqualTo(1);

        SERVER.fixture.execute("UPDATE sub_jobs SET status = 'SUCCESS', end_time = $1 WHERE end_time IS NULL", at(DUE));
        SERVER.fixture.execute("UPDATE jobs SET status = 'FAIL', end_time = $1", at(DUE));
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SUCCESS");
        assertThat(only(id).getInteger("success_num")).isEqualTo(1);
        assertThat(only(id).getInteger("failed_num")).isZero();
        assertThat(only(id).getInteger("skip_num")).isEqualTo(1);
    }

    @Test
    void aForcedPowerActionTellsNobody() {
        SERVER.create(power("STOP", ",'force_execute':true,'extra_params':'{\\\"notify_message\\\":\\\"Save!\\\"}'"));
        SERVER.now = DUE;
        FIRER.fire();
        assertThat(SERVER.fixture.count(
                        "SELECT count(*) FROM sub_jobs WHERE action = 'STOP' AND notify_message IS NULL AND force"))
                .isEqualTo(1);
    }

    @Test
    void theGrayBatchIsThatOfTheTask() {
        SERVER.create(daily(",'gray_desktop_ids':['" + offline + "'],'gray_fail_threshold':1"));
        String gone = SERVER.create(daily(",'gray_desktop_ids':['" + offline + "']"));
        SERVER.fixture.execute(
                "UPDATE scheduled_tasks SET request = jsonb_set(request, '{gray_desktop_ids}', to_jsonb(ARRAY[$2::text]))"
                        + " WHERE id = $1",
                UUID.fromString(gone),
                UUID.randomUUID().toString());
        SERVER.now = DUE;
        FIRER.fire();
        assertThat(SERVER.fixture.count(
                        "SELECT count(*) FROM execution_tasks WHERE gray_resource_ids = ARRAY[$1::uuid] AND gate = 'PENDING'",
                        offline))
                .isEqualTo(1);
        assertThat(only(gone).getString("status")).isEqualTo("FAIL");
        assertThat(only(gone).getString("reason")).contains("none of gray_desktop_ids");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"|28800|later than the 15 minutes", ",'misfire_policy':'SKIP'|31|misfire_policy is SKIP"})
    void whatCannotBeStartedForTooLongIsNotStartedAnyMore(String more, long lateSeconds, String reason) {
        String id = SERVER.create(daily(more == null ? "" : more));
        SERVER.now = DUE;
        assertThat(await(FIRER.due.fire(10))).isEqualTo(1);
        SERVER.now = DUE.plusSeconds(lateSeconds);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
        assertThat(only(id).getString("reason")).contains(reason);
    }

    @Test
    void aFiringThatTakesTheDatabaseTooLongFailsAlone() {
        SERVER.fixture.execute("CREATE FUNCTION too_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " RAISE EXCEPTION 'too long' USING ERRCODE = '57014'; END $$");
        SERVER.fixture.execute("CREATE TRIGGER too_long BEFORE INSERT ON execution_tasks FOR EACH ROW"
                + " WHEN (NEW.command_content = 'huge') EXECUTE FUNCTION too_long()");
        String before = SERVER.create(daily(""));
        String huge = SERVER.create(daily("").replace("true", "huge"));
        String after = SERVER.create(daily(""));
        SERVER.now = DUE;
        FIRER.fire();
        assertThat(only(before).getString("status")).isEqualTo("RUNNING");
        assertThat(only(after).getString("status")).isEqualTo("RUNNING");
        assertThat(only(huge).getString("status"))
                .as("it may have been the database's fault")
                .isEqualTo("RUNNING");
        for (int i = 1; i <= 3; i++) {
            FIRER.fire();
            assertThat(only(huge).getString("status")).as("before try " + i).isEqualTo("RUNNING");
            SERVER.now = DUE.plusSeconds(21L * i);
            FIRER.fire();
        }
        assertThat(only(huge).getString("status")).isEqualTo("FAIL");
        assertThat(only(huge).getString("reason")).contains("name fewer desktops or scripts");
    }

    @Test
    void whatTheDatabaseRefusedForAWhileIsStartedAfterwards() {
        SERVER.fixture.execute("CREATE FUNCTION too_busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " RAISE EXCEPTION 'too long' USING ERRCODE = '57014'; END $$");
        SERVER.fixture.execute("CREATE TRIGGER too_busy BEFORE INSERT ON execution_tasks FOR EACH ROW"
                + " EXECUTE FUNCTION too_busy()");
        String id = SERVER.create(daily(""));
        SERVER.now = DUE;
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("RUNNING");
        SERVER.fixture.execute("DROP TRIGGER too_busy ON execution_tasks");
        SERVER.now = DUE.plusSeconds(21);
        FIRER.fire();
        assertThat(only(id).getString("execute_task_id")).isNotNull();
    }

    @Test
    void severalProjectsAreStartedTogether() {
        for (String project : List.of("p1", "p2", "p3")) {
            SERVER.fixture.execute(
                    "INSERT INTO projects (id, domain_id, name) SELECT md5($1), domain_id, $1 FROM projects WHERE id = $2",
                    project,
                    PROJECT);
        }
        String id = SERVER.create(daily(""));
        SERVER.fixture.execute("INSERT INTO scheduled_tasks (project_id, request, anchor, next_firing_at, created_by)"
                + " SELECT p.id, t.request, t.anchor, t.next_firing_at, t.created_by"
                + " FROM scheduled_tasks t, projects p WHERE p.name IN ('p1', 'p2', 'p3')");
        SERVER.now = DUE;
        assertThat(await(FIRER.due.fire(10))).isEqualTo(4);
        assertThat(await(FIRER.starts.start(10))).as("in one transaction").isEqualTo(4);
        assertThat(only(id).getString("status")).isEqualTo("RUNNING");
    }

    @Test
    void aTriggeredFiringIsStartedWhereWhatTriggeredItStillHolds() {
        String id = SERVER.create("{'task_name':'t','task_type':'EXECUTE_SCRIPT','scheduled_type':'LIFE_CYCLE',"
                + "'life_cycle_type':'POST_DESKTOP_CANNOT_CONNECT','extra_params':'" + COMMAND
                + "','apply_objects':" + ALL + "}");
        SERVER.now = DUE;
        SERVER.fixture.execute("UPDATE desktops SET connected_at = $1", at(DUE.minusSeconds(600)));
        triggered(id, DUE.minusSeconds(1), online);
        triggered(id, DUE, offline);
        FIRER.fire();
        assertThat(Firer.records(SERVER, id))
                .extracting(record -> record.getString("status"))
                .containsExactlyInAnyOrder("SKIP", "RUNNING");
        assertThat(Firer.records(SERVER, id))
                .extracting(record -> record.getString("reason"))
                .anyMatch(reason -> reason != null && reason.contains("the desktop is back"));
    }

    private static void triggered(String task, Instant at, UUID desktop) {
        SERVER.fixture.execute(
                "INSERT INTO scheduled_task_firings (task_id, planned_at, request, status, start_time, desktop_ids)"
                        + " SELECT id, $2, request, 'RUNNING', $2, ARRAY[$3::uuid] FROM scheduled_tasks WHERE id = $1",
                UUID.fromString(task),
                at(at),
                desktop);
    }

    @Test
    void whatIsStartedLateIsNotWhenItsTaskIsOver() {
        String id = SERVER.create(daily(",'expire_time':'2026-11-22 02:31:00'"));
        SERVER.now = DUE;
        assertThat(await(FIRER.due.fire(10))).isEqualTo(1);
        SERVER.now = DUE.plusSeconds(400);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
        assertThat(only(id).getString("reason")).contains("expire_time");
    }

    @Test
    void whatARestoredDatabaseStillHasAsDueIsNotFired() {
        String id = SERVER.create(daily(""));
        SERVER.now = DUE.plusSeconds(60);
        SERVER.fixture.execute(
                "INSERT INTO restores (backup_time, restored_at, attempts_above) VALUES ($1, $2, 0)",
                at(DUE.plusMillis(20)),
                at(SERVER.now));
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SKIP");
    }

    @Test
    void whatEndedAgainIsFoundWithoutARing() {
        String id = SERVER.create(daily(""));
        SERVER.now = DUE;
        FIRER.fire();
        endExecution(only(id), 1, 1, 0);
        FIRER.fire();
        SERVER.now = DUE.plusSeconds(60);
        endExecution(only(id), 2, 0, 0);
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("FAIL");
        assertThat(await(FIRER.endings.lookAgain())).isNull();
        FIRER.fire();
        assertThat(only(id).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void whatEndedLongAgoIsRemovedAndADeletedTaskWithIt() {
        String kept = SERVER.create(daily(""));
        String deleted = SERVER.create(daily(""));
        SERVER.now = DUE;
        FIRER.fire();
        SERVER.send("DELETE", "/scheduled-tasks/" + deleted, null).json();
        SERVER.fixture.execute(
                "UPDATE execution_tasks SET status = 'SUCCESS', success_num = total, end_time = $1", at(DUE));
        FIRER.fire();
        var pruning = new FiringPruning(SERVER.database);
        assertThat(await(pruning.step(DUE))).isZero();
        Instant later = Instant.now().plus(Duration.ofDays(400));
        assertThat(await(pruning.step(later))).isEqualTo(2);
        assertThat(await(pruning.step(later))).isEqualTo(1);
        assertThat(await(pruning.step(later))).isZero();
        assertThat(Firer.records(SERVER, kept)).isEmpty();
    }

    @Test
    void severalNodesFireEachInstantOnce() {
        List<String> ids = IntStream.range(0, 60)
                .mapToObj(each -> SERVER.create(daily("")))
                .toList();
        List<Firer> nodes = IntStream.range(0, 3)
                .mapToObj(each -> new Firer(SERVER.database, () -> SERVER.now))
                .toList();
        for (int day = 0; day < 3; day++) {
            SERVER.now = DUE.plus(Duration.ofDays(day));
            for (int round = 0; round < 12; round++) {
                var all = new ArrayList<Future<?>>();
                nodes.forEach(node -> {
                    all.add(node.due.fire(7));
                    all.add(node.starts.start(5));
                    all.add(node.endings.end());
                });
                await(Future.all(all));
            }
            FIRER.fire();
            SERVER.fixture.execute(
                    "UPDATE execution_tasks SET status = 'SUCCESS', success_num = total, end_time = created_at"
                            + " WHERE end_time IS NULL");
            FIRER.fire();
        }
        assertThat(ids).allSatisfy(id -> assertThat(Firer.records(SERVER, id))
                .extracting(record -> record.getString("status"))
                .containsExactly("SUCCESS", "SUCCESS", "SUCCESS"));
        assertThat(SERVER.fixture.count("SELECT count(*) FROM execution_tasks")).isEqualTo(180);
    }
}
