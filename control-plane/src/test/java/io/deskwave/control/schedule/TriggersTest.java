package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopEventStore;
import io.deskwave.control.desktop.NodeStore;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to desktops and what tasks make of it, told by moving the clock from when it happened. */
class TriggersTest {
    private static final String ALL = "{'object_type':'ALL_DESKTOPS'}";
    private static final Duration WAIT = Duration.ofMinutes(10);
    private static final Duration OVER = WAIT.plusSeconds(2);
    private static final ScheduleServer SERVER = new ScheduleServer();

    private final SessionStore sessions = new SessionStore();
    private final DesktopEventStore events = new DesktopEventStore();
    private Duration steady = Duration.ofDays(60);
    private final Triggers triggers = node();
    private Instant happened = Instant.EPOCH;

    private Triggers node() {
        return new Triggers(SERVER.database, () -> SERVER.now, () -> steady);
    }

    @AfterAll
    static void close() throws Exception {
        SERVER.close();
    }

    @BeforeEach
    void empty() {
        SERVER.fixture.execute(
                "TRUNCATE scheduled_tasks, desktop_events, execution_tasks, jobs, desktops, desktop_pools, restores CASCADE");
        SERVER.now = databaseNow();
    }

    private static Instant databaseNow() {
        return await(Database.now(SERVER.database.client()));
    }

    private static String task(Trigger trigger, Duration wait, String objects, String more) {
        return SERVER.create(
                "{'task_name':'t','task_type':'EXECUTE_SCRIPT','scheduled_type':'LIFE_CYCLE','life_cycle_type':'"
                        + trigger + "','wait_time':" + wait.toMinutes()
                        + ",'extra_params':'{\\\"command_content\\\":\\\"true\\\",\\\"command_type\\\":\\\"SHELL\\\"}',"
                        + "'apply_objects':[" + objects + "]" + more + "}");
    }

    @CanIgnoreReturnValue
    private static String task(Trigger trigger) {
        return task(trigger, WAIT, ALL, "");
    }

    private static void update(String task, String body) {
        SERVER.send("PUT", "/scheduled-tasks/" + task, body).json();
    }

    /** The desktop that it happened to; from now on time is counted from then. */
    @CanIgnoreReturnValue
    private UUID happen(Trigger trigger) {
        return happen(trigger, PROJECT);
    }

    private UUID happen(Trigger trigger, String project) {
        UUID desktop = SERVER.fixture.desktop(project, null, "pc");
        if (trigger == Trigger.POST_CREATE_DESKTOP_SUCCESS) {
            sayHello();
        } else {
            SERVER.fixture.execute("DELETE FROM desktop_events");
            happen(trigger, desktop);
        }
        at(Duration.ZERO);
        await(triggers.tick());
        return desktop;
    }

    /** All who are enrolled have been connected since. */
    private static void sayHello() {
        SERVER.fixture.execute("UPDATE desktops SET connected_at = now()");
    }

    private void happen(Trigger trigger, UUID desktop) {
        switch (trigger) {
            case POST_CREATE_DESKTOP_SUCCESS -> throw new IllegalArgumentException("a desktop is created once");
            case POST_REBUILD_DESKTOP_SUCCESS -> tell(desktop, DesktopEventStore.Kind.REBUILT);
            case POST_REATTACH_DESKTOP_SUCCESS -> {
                SERVER.fixture.execute(
                        "UPDATE desktops SET attributes = '{\"user_name\": \"ann\"}' WHERE id = $1", desktop);
                tell(desktop, DesktopEventStore.Kind.REATTACHED);
            }
            case POST_DESKTOP_DISCONNECTED -> {
                Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "ann"));
                users(session);
            }
            case POST_DESKTOP_CANNOT_CONNECT -> leave(SERVER.fixture.connect(desktop, host()));
        }
        happened = databaseNow();
    }

    private void tell(UUID desktop, DesktopEventStore.Kind kind) {
        await(events.insert(SERVER.database.client(), List.of(desktop), kind));
    }

    private void users(Session session, String... names) {
        assertThat(await(sessions.updateHosts(
                        SERVER.database.client(), List.of(new HostChange(session, host("10.0.0.1", names))))))
                .hasSize(1);
    }

    private void leave(Session session) {
        assertThat(await(sessions.disconnect(SERVER.database.client(), List.of(session))))
                .hasSize(1);
    }

    /** Goes to so long after what happened last. */
    private void at(Duration since) {
        if (happened.equals(Instant.EPOCH)) {
            happened = databaseNow();
        }
        SERVER.now = happened.plus(since);
    }

    private record Fired(String status, Set<UUID> desktops, String reason, String request) {}

    private static List<Fired> fired(String task) {
        var fired = new ArrayList<Fired>();
        for (Row row : await(SERVER.database
                .client()
                .preparedQuery("SELECT * FROM scheduled_task_firings WHERE task_id = $1 ORDER BY planned_at")
                .execute(Tuple.of(UUID.fromString(task))))) {
            fired.add(new Fired(
                    row.getString("status"),
                    Set.of(row.getArrayOfUUIDs("desktop_ids")),
                    row.getString("reason"),
                    row.getJsonObject("request").encode()));
        }
        return fired;
    }

    private void tickUntil(Duration since) {
        at(since);
        await(triggers.tick());
        await(triggers.tick());
    }

    private void expectNothing(String task) {
        tickUntil(OVER);
        tickUntil(OVER.plusDays(1));
        assertThat(fired(task)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void firesOnceWhenItsWaitIsOver(Trigger trigger) {
        String task = task(trigger);
        UUID desktop = happen(trigger);

        tickUntil(WAIT.minusSeconds(5));
        assertThat(fired(task)).isEmpty();
        tickUntil(OVER);
        tickUntil(OVER.plusHours(1));

        assertThat(fired(task)).singleElement().satisfies(fired -> {
            assertThat(fired.status()).isEqualTo("RUNNING");
            assertThat(fired.desktops()).containsExactly(desktop);
            assertThat(fired.reason()).isEmpty();
        });
    }

    @ParameterizedTest
    @EnumSource(value = Trigger.class, names = "POST_DESKTOP_CANNOT_CONNECT", mode = EnumSource.Mode.EXCLUDE)
    void firesAtOnceWithoutAWait(Trigger trigger) {
        String task = task(trigger, Duration.ZERO, ALL, "");
        happen(trigger);
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void withoutAWaitADesktopThatOnlyLostItsWayMayComeBackFirst() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT, Duration.ZERO, ALL, "");
        happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        tickUntil(Duration.ofSeconds(80));
        assertThat(fired(task)).isEmpty();
        tickUntil(Duration.ofSeconds(100));
        assertThat(fired(task)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aTaskThatIsDisabledMeanwhileDoesNotFireEvenWhenItIsEnabledAgain(Trigger trigger) {
        String task = task(trigger);
        happen(trigger);
        update(task, "{'enable':false}");
        update(task, "{'enable':true}");
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aDisabledTaskTakesNoNotice(Trigger trigger) {
        String task = task(trigger);
        update(task, "{'enable':false}");
        happen(trigger);
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aDeletedTaskDoesNotFire(Trigger trigger) {
        String task = task(trigger);
        happen(trigger);
        assertThat(SERVER.send("DELETE", "/scheduled-tasks/" + task, null).status())
                .isLessThan(300);
        expectNothing(task);
        assertThat(SERVER.fixture.count("SELECT count(*) FROM scheduled_task_triggers"))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aTaskThatExpiresMeanwhileDoesNotFire(Trigger trigger) {
        String expiry = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
                .format(databaseNow().plusSeconds(300).atOffset(ZoneOffset.UTC));
        String task = task(trigger, WAIT, ALL, ",'expire_time':'" + expiry + "'");
        happen(trigger);
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aDeletedDesktopIsForgotten(Trigger trigger) {
        String task = task(trigger);
        UUID desktop = happen(trigger);
        SERVER.fixture.execute("UPDATE desktops SET deleted_at = now(), node_id = NULL WHERE id = $1", desktop);
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void itsTriggersGoWithTheDesktop(Trigger trigger) {
        task(trigger);
        UUID desktop = happen(trigger);
        await(SERVER.database.inTransaction(tx -> triggers.desktopGone(tx, desktop)));
        assertThat(SERVER.fixture.count("SELECT count(*) FROM scheduled_task_triggers"))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aDesktopThatLeavesWhatTheTaskAppliesToIsNotMeantAnyMore(Trigger trigger) {
        UUID pool = SERVER.fixture.pool(PROJECT, "office");
        UUID other = SERVER.fixture.pool(PROJECT, "lab");
        String objects = "{'object_type':'DESKTOP_POOL','object_id':'" + pool + "'}";
        String task = task(trigger, WAIT, objects, "");
        UUID desktop = SERVER.fixture.desktop(PROJECT, pool, "pc");
        if (trigger != Trigger.POST_CREATE_DESKTOP_SUCCESS) {
            happen(trigger, desktop);
        }
        tickUntil(Duration.ZERO);
        SERVER.fixture.execute("UPDATE desktops SET pool_id = $2 WHERE id = $1", desktop, other);
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(value = Trigger.class, names = "POST_DESKTOP_CANNOT_CONNECT", mode = EnumSource.Mode.EXCLUDE)
    void aDesktopThatCameInAfterItHappenedIsNotMeant(Trigger trigger) {
        UUID pool = SERVER.fixture.pool(PROJECT, "office");
        String task = task(trigger, WAIT, "{'object_type':'DESKTOP_POOL','object_id':'" + pool + "'}", "");
        UUID desktop = happen(trigger);
        SERVER.fixture.execute("UPDATE desktops SET pool_id = $2 WHERE id = $1", desktop, pool);
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void theRequestOfTheTimeOfFiringCounts(Trigger trigger) {
        String task = task(trigger);
        happen(trigger);
        update(
                task,
                "{'wait_time':20,'extra_params':'{\\\"command_content\\\":\\\"later\\\",\\\"command_type\\\":\\\"SHELL\\\"}'}");
        tickUntil(OVER);
        assertThat(fired(task)).isEmpty();
        tickUntil(OVER.plusMinutes(10));
        assertThat(fired(task)).singleElement().satisfies(fired -> assertThat(fired.request())
                .contains("later"));
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aShorterWaitCountsToo(Trigger trigger) {
        String task = task(trigger);
        happen(trigger);
        update(task, "{'wait_time':5}");
        tickUntil(Duration.ofMinutes(5).plusSeconds(2));
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void whatWasBeforeARestoreMayHaveBeenFiredAlready() {
        String task = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        SERVER.fixture.execute(
                "INSERT INTO restores (backup_time, restored_at, attempts_above) VALUES (now(), now(), 0)");
        expectNothing(task);
    }

    @Test
    void aTaskOfAnotherEventDropsWhatWaits() {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED);
        happen(Trigger.POST_DESKTOP_DISCONNECTED);
        update(task, "{'scheduled_type':'LIFE_CYCLE','life_cycle_type':'POST_REBUILD_DESKTOP_SUCCESS'}");
        expectNothing(task);
    }

    @ParameterizedTest
    @EnumSource(value = Trigger.class, names = "POST_DESKTOP_CANNOT_CONNECT", mode = EnumSource.Mode.EXCLUDE)
    void whatWasMissedForLongerThanItsPeriodIsSkippedAndSaidSo(Trigger trigger) {
        String task = task(trigger, WAIT, ALL, ",'life_cycle_exec_period':30");
        UUID desktop = happen(trigger);
        tickUntil(OVER.plusMinutes(31));
        assertThat(fired(task)).singleElement().satisfies(fired -> {
            assertThat(fired.status()).isEqualTo("SKIP");
            assertThat(fired.desktops()).containsExactly(desktop);
            assertThat(fired.reason()).contains("life_cycle_exec_period of 30 minutes");
        });
        assertThat(SERVER.fixture.count("SELECT count(*) FROM scheduled_tasks WHERE last_status = 'SKIP'"))
                .isEqualTo(1);
    }

    @Test
    void whatWasMissedForLessIsFiredLate() {
        String task = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS, WAIT, ALL, ",'life_cycle_exec_period':30");
        happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        tickUntil(OVER.plusMinutes(29));
        assertThat(fired(task)).extracting(Fired::status).containsExactly("RUNNING");
    }

    @Test
    void aUserWhoLogsOnAgainEndsTheWaitAndWhoLogsOffBeginsItAnew() {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED);
        UUID desktop = happen(Trigger.POST_DESKTOP_DISCONNECTED);
        Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "bob"));
        expectNothing(task);

        users(session);
        users(session, "bob");
        users(session);
        happened = databaseNow();
        tickUntil(WAIT.minusSeconds(5));
        assertThat(fired(task)).isEmpty();
        tickUntil(OVER);
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void aUserWhoLogsOnAgainThroughANodeOfTheVersionBeforeEndsTheWait() {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED);
        UUID desktop = happen(Trigger.POST_DESKTOP_DISCONNECTED);
        SERVER.fixture.execute(
                "UPDATE desktops SET host = jsonb_set(host, '{users}', '[{\"name\": \"bob\"}]') WHERE id = $1",
                desktop);
        expectNothing(task);
    }

    @Test
    void aUserOfSeveralWhoLogsOffIsNoEvent() {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "ann", "bob"));
        users(session, "bob");
        tickUntil(Duration.ofSeconds(1));
        assertThat(fired(task)).isEmpty();
    }

    @Test
    void aDesktopThatIsDetachedMeanwhileIsNobodysToGreet() {
        String task = task(Trigger.POST_REATTACH_DESKTOP_SUCCESS);
        UUID desktop = happen(Trigger.POST_REATTACH_DESKTOP_SUCCESS);
        SERVER.fixture.execute("UPDATE desktops SET attributes = '{}' WHERE id = $1", desktop);
        expectNothing(task);
    }

    @Test
    void aDesktopThatComesBackCanConnectAndEachAbsenceCountsOnce() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID desktop = happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        Session back = SERVER.fixture.connect(desktop, host());
        expectNothing(task);

        leave(back);
        happened = databaseNow();
        tickUntil(OVER);
        tickUntil(OVER.plusHours(1));
        assertThat(fired(task)).hasSize(1);

        leave(SERVER.fixture.connect(desktop, host()));
        happened = databaseNow();
        tickUntil(OVER);
        tickUntil(OVER.plusHours(1));
        assertThat(fired(task)).hasSize(2);
    }

    @Test
    void absenceProvesNothingWhileTheDatabaseWasNotThereForAsLong() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        steady = WAIT.minusSeconds(1);
        tickUntil(OVER.plusHours(5));
        assertThat(fired(task)).isEmpty();
        steady = WAIT;
        tickUntil(OVER.plusHours(5).plusSeconds(6));
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void anHourOfSteadinessIsEnoughForTheLongestWait() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT, Duration.ofDays(30), ALL, "");
        happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        steady = Duration.ofHours(1);
        tickUntil(Duration.ofDays(30).minusSeconds(5));
        assertThat(fired(task)).isEmpty();
        tickUntil(Duration.ofDays(30).plusSeconds(5));
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void theDesktopsOfANodeThatDiedAreAwaySinceItWasSeen() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        SERVER.fixture.connect(desktop, host());
        await(new NodeStore().releaseDead(SERVER.database.client(), List.of(new NodeStore.Trace(NODE, null, null))));
        happened = databaseNow();
        tickUntil(OVER);
        assertThat(fired(task)).hasSize(1);
    }

    @Test
    void aDesktopThatWasAwayBeforeTheTaskIsNotItsConcern() {
        happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        expectNothing(task(Trigger.POST_DESKTOP_CANNOT_CONNECT));
    }

    @ParameterizedTest
    @CsvSource({
        "STOP,      SUCCESS, accepted, 0",
        "HIBERNATE, SUCCESS, accepted, 0",
        "STOP,      SUCCESS, ordered,  0",
        "STOP,      FAILED,  accepted, 1",
        "STOP,      SUCCESS, earlier,  1",
        "REBOOT,    SUCCESS, accepted, 1",
        "REBOOT,    RUNNING, accepted, 0",
        "STOP,      RUNNING, accepted, 0",
        "START,     WAITING, ordered,  1"
    })
    void whoWasSentAwayOnPurposeIsNotMissed(String action, String status, String epoch, int firings) {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID desktop = happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        order(desktop, action, status, epoch.equals("earlier") ? 0 : 1, epoch.equals("accepted") ? 1 : -1);
        tickUntil(OVER);
        assertThat(fired(task)).hasSize(firings);
    }

    @Test
    void aRebootThatDidNotEndInTimeIsMissedThen() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID desktop = happen(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID job = order(desktop, "REBOOT", "RUNNING", 1L, 1L);
        tickUntil(OVER);
        assertThat(fired(task)).isEmpty();
        SERVER.fixture.execute("UPDATE sub_jobs SET status = 'FAILED', end_time = now() WHERE job_id = $1", job);
        tickUntil(OVER.plusSeconds(6));
        assertThat(fired(task)).hasSize(1);
    }

    @CanIgnoreReturnValue
    private static UUID order(UUID desktop, String action, String status, long ordered, long accepted) {
        return order(UUID.randomUUID(), desktop, action, status, ordered, accepted);
    }

    private static UUID order(UUID job, UUID desktop, String action, String status, long ordered, long accepted) {
        boolean over = status.equals("SUCCESS") || status.equals("FAILED");
        SERVER.fixture.execute(
                "INSERT INTO jobs (id, project_id, job_type, status, begin_time, end_time) VALUES ($1, $2, 'operateDesktops',"
                        + " 'WAITING', now(), NULL)",
                job,
                PROJECT);
        SERVER.fixture.execute(
                "INSERT INTO sub_jobs (job_id, project_id, job_type, desktop_id, status, begin_time, end_time, deadline, action,"
                        + " boot_id, ordered_epoch, accepted_epoch) VALUES ($1, $2, 'operateDesktops', $3, $4, now(),"
                        + " CASE WHEN $5 THEN now() END, now() + interval '10 minutes', $6, 'boot-1', $7, nullif($8, -1))",
                job,
                PROJECT,
                desktop,
                status,
                over,
                action,
                ordered,
                accepted);
        return job;
    }

    @Test
    void whatATaskDidItselfDoesNotTriggerItAgain() {
        String mine = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        String other = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "ann"));
        hasDone(mine, desktop, "job_id", order(desktop, "REBOOT", "RUNNING", 1L, 1L));
        users(session);
        happened = databaseNow();
        tickUntil(Duration.ofSeconds(1));
        assertThat(fired(mine)).as("only the one that is under way").hasSize(1);
        assertThat(fired(other)).hasSize(1);
    }

    /** A firing of an hour ago that started this. */
    private static void hasDone(String task, UUID desktop, String madeAs, UUID made) {
        SERVER.fixture.execute(
                "INSERT INTO scheduled_task_firings (task_id, planned_at, request, status, start_time, started_at, desktop_ids, "
                        + madeAs
                        + ") VALUES ($1, now() - interval '1 hour', '{}', 'RUNNING', now() - interval '1 hour',"
                        + " now() - interval '1 hour', $2, $3)",
                UUID.fromString(task),
                new UUID[] {desktop},
                made);
    }

    /** Times are so many minutes ago; the desktop is in its second session. */
    @ParameterizedTest
    @CsvSource({
        "REBOOT,          4,  3, 1, 1",
        "REBOOT,          4,  1, 1, 0",
        "REBOOT,          4, 60, 2, 0",
        "REBOOT,          6, 60, 2, 1",
        "CREATE_SNAPSHOT, 1, 60, 2, 1"
    })
    void whatAPowerActionLedToIsOverWhenTheSessionAfterItHasSettled(
            String action, int ended, int connected, long acceptedEpoch, int firings) {
        UUID job = UUID.randomUUID();
        assertThat(newFirings(connected, (task, desktop) -> {
                    hasDone(task, desktop, "job_id", order(job, desktop, action, "SUCCESS", 1L, acceptedEpoch));
                    SERVER.fixture.execute(
                            "UPDATE sub_jobs SET begin_time = now() - interval '50 minutes', end_time = now() - make_interval(mins => $2)"
                                    + " WHERE job_id = $1",
                            job,
                            ended);
                }))
                .isEqualTo(firings);
    }

    /** Times are so many minutes ago. */
    @ParameterizedTest
    @CsvSource({
        "REBOOT, DONE,   13, 10, 1",
        "REBOOT, DONE,    3,  1, 0",
        "REBOOT, DONE,    3, 60, 0",
        "REBOOT, FAILED, 16, 60, 1",
        "REBOOT, SENT,    5,  4, 0"
    })
    void whatAPostFinishLedToIsOverWhenTheSessionAfterItHasSettled(
            String step, String state, int ended, int connected, int firings) {
        assertThat(newFirings(connected, (task, desktop) -> {
                    UUID execution = execution(desktop, "", step);
                    SERVER.fixture.execute(
                            "UPDATE execution_records SET status = 'SUCCESS', result_code = 'EXITED', attempt = 1,"
                                    + " start_time = now() - interval '30 minutes', end_time = now() - make_interval(mins => $2),"
                                    + " post_finish_state = $3 WHERE task_id = $1",
                            execution,
                            ended,
                            state);
                    hasDone(task, desktop, "execution_task_id", execution);
                }))
                .isEqualTo(firings);
    }

    /** Times are so many minutes ago; -1: it has not started. */
    @ParameterizedTest
    @CsvSource({"5, 1", "1, 0", "-1, 0"})
    void whatAPreStartLedToIsOverWhenTheScriptRunsForAWhile(int started, int firings) {
        assertThat(newFirings(6, (task, desktop) -> {
                    UUID execution = execution(desktop, "REBOOT", "");
                    if (started >= 0) {
                        SERVER.fixture.execute(
                                "UPDATE execution_records SET status = 'RUNNING', attempt = 1, pre_start_state = 'DONE',"
                                        + " start_time = now() - make_interval(mins => $2) WHERE task_id = $1",
                                execution,
                                started);
                    }
                    hasDone(task, desktop, "execution_task_id", execution);
                }))
                .isEqualTo(firings);
    }

    /** What comes of a log-off now, when the task did something to the desktop, which is connected since so many minutes. */
    private int newFirings(int connectedMinutes, BiConsumer<String, UUID> did) {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        SERVER.fixture.execute("UPDATE scheduled_tasks SET armed_at = now() - interval '2 hours'");
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        SERVER.fixture.connect(desktop, host("10.0.0.1", "ann"));
        Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "ann"));
        did.accept(task, desktop);
        SERVER.fixture.execute(
                "UPDATE desktops SET connected_at = now() - make_interval(mins => $2) WHERE id = $1",
                desktop,
                connectedMinutes);
        users(session);
        happened = databaseNow();
        tickUntil(Duration.ofSeconds(1));
        return fired(task).size() - 1;
    }

    /** An execution on a desktop, for which nothing is done. */
    private static UUID execution(UUID desktop, String preStart, String postFinish) {
        UUID execution = UUID.randomUUID();
        SERVER.fixture.execute(
                "INSERT INTO execution_tasks (id, project_id, task_type, command_content, command_type, resource_ids, start_timeout,"
                        + " execution_timeout, gate, total, created_by, created_at, pre_start, post_finish) VALUES ($1, $2, 'COMMAND',"
                        + " 'true', 'SHELL', $3, 10, 1, 'NONE', 1, 'u', now(), nullif($4, ''), nullif($5, ''))",
                execution,
                PROJECT,
                new UUID[] {desktop},
                preStart,
                postFinish);
        SERVER.fixture.execute(
                "INSERT INTO execution_records (id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch)"
                        + " SELECT gen_random_uuid(), id, project_id, queue_no, $2, 'pc', 0, 0 FROM execution_tasks WHERE id = $1",
                execution,
                desktop);
        return execution;
    }

    @Test
    void usersWhoComeAndGoAllTheTimeAreNotAFiringEachSecond() {
        String task = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        Session session = SERVER.fixture.connect(desktop, host("10.0.0.1", "ann"));
        users(session);
        happened = databaseNow();
        tickUntil(Duration.ZERO);
        assertThat(fired(task)).hasSize(1);
        for (int second = 2; second < 30; second += 9) {
            users(session, "ann");
            users(session);
            tickUntil(Duration.ofSeconds(second));
        }
        assertThat(fired(task)).as("within the gap").hasSize(1);
        tickUntil(Duration.ofSeconds(31));
        tickUntil(Duration.ofSeconds(62));
        assertThat(fired(task)).as("what came within is one, at its end").hasSize(2);

        users(session, "ann");
        users(session);
        users(session, "ann");
        tickUntil(Duration.ofMinutes(2));
        assertThat(fired(task)).as("somebody is there at its end").hasSize(2);
    }

    @Test
    void whatIsDueFiresAlthoughTheStepsBeforeItFail() {
        String task = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        task(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        UUID desktop = happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        leave(SERVER.fixture.connect(desktop, host()));
        tell(desktop, DesktopEventStore.Kind.REBUILT);
        SERVER.fixture.execute("ALTER TABLE sub_jobs RENAME COLUMN accepted_epoch TO hidden");
        try {
            tickUntil(OVER);
        } finally {
            SERVER.fixture.execute("ALTER TABLE sub_jobs RENAME COLUMN hidden TO accepted_epoch");
        }
        assertThat(fired(task)).hasSize(1);
        tickUntil(OVER.plusSeconds(60));
        assertThat(fired(task)).as("what failed is not lost").hasSize(2);
    }

    @Test
    void aLongHistoryDoesNotHoldUpTheWatch() {
        String task = task(Trigger.POST_DESKTOP_CANNOT_CONNECT, Duration.ZERO, ALL, "");
        SERVER.fixture.execute(
                "INSERT INTO desktops (project_id, computer_name, public_key, machine_id, host, boot_id, connected_at, last_seen_at,"
                        + " session_epoch) SELECT $1, 'pc-' || i, 'key-' || i, 'm', '{}', 'boot-1', now(), now(), 1"
                        + " FROM generate_series(1, 1000) AS i",
                PROJECT);
        SERVER.fixture.execute(
                "INSERT INTO execution_tasks (id, project_id, task_type, command_content, command_type, resource_ids, start_timeout,"
                        + " execution_timeout, gate, total, created_by, created_at, post_finish) SELECT gen_random_uuid(), $1,"
                        + " 'COMMAND', 'true', 'SHELL', '{}', 10, 1, 'NONE', 1, 'u', now(), 'STOP' FROM generate_series(1, 40000)",
                PROJECT);
        SERVER.fixture.execute(
                "INSERT INTO execution_records (id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch,"
                        + " status, result_code, attempt, start_time, end_time, post_finish_state) SELECT gen_random_uuid(), t.id,"
                        + " $1, t.no, d.id, 'pc', 0, 0, 'SUCCESS', 'EXITED', 1, now(), now() - interval '1 day', 'DONE'"
                        + " FROM (SELECT id, row_number() OVER () AS no FROM execution_tasks) AS t"
                        + " JOIN (SELECT id, row_number() OVER () AS no FROM desktops) AS d ON d.no = t.no",
                PROJECT);
        happened = databaseNow();
        at(Duration.ofSeconds(100));
        long began = System.nanoTime();
        await(triggers.tick());
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        assertThat(fired(task)).singleElement().satisfies(fired -> assertThat(fired.desktops())
                .hasSize(1000));
    }

    @ParameterizedTest
    @CsvSource({"DESKTOP", "DESKTOP_POOL", "DESKTOP_TAG", "KEY", "ALL_DESKTOPS"})
    void firesForWhatItAppliesToAndNothingElse(String kind) {
        UUID pool = SERVER.fixture.pool(PROJECT, "office");
        UUID inside = SERVER.fixture.desktop(PROJECT, pool, "pc-1");
        UUID outside = SERVER.fixture.desktop(PROJECT, null, "pc-2");
        UUID elsewhere = SERVER.fixture.desktop(OTHER_PROJECT, null, "pc-3");
        SERVER.fixture.execute(
                "INSERT INTO desktop_tags (desktop_id, project_id, key, value) VALUES ($1, $2, 'room', '5'), ($3, $2, 'room', '6')",
                inside,
                PROJECT,
                outside);
        SERVER.fixture.execute("DELETE FROM desktop_events");
        String object =
                switch (kind) {
                    case "DESKTOP" -> "{'object_type':'DESKTOP','object_id':'" + inside + "'}";
                    case "DESKTOP_POOL" -> "{'object_type':'DESKTOP_POOL','object_id':'" + pool + "'}";
                    case "DESKTOP_TAG" -> "{'object_type':'DESKTOP_TAG','object_id':'room=5'}";
                    case "KEY" -> "{'object_type':'DESKTOP_TAG','object_id':'room'}";
                    default -> ALL;
                };
        String rebuilt = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS, Duration.ZERO, object, "");
        String away = task(Trigger.POST_DESKTOP_CANNOT_CONNECT, Duration.ZERO, object, "");
        for (UUID desktop : List.of(inside, outside, elsewhere)) {
            happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS, desktop);
            happen(Trigger.POST_DESKTOP_CANNOT_CONNECT, desktop);
        }
        tickUntil(Duration.ofSeconds(100));

        Set<UUID> meant = kind.equals("KEY") || kind.equals("ALL_DESKTOPS") ? Set.of(inside, outside) : Set.of(inside);
        assertThat(fired(rebuilt)).extracting(Fired::desktops).containsExactly(meant);
        assertThat(fired(away)).extracting(Fired::desktops).containsExactly(meant);
    }

    @Test
    void theLowerPriorityNumberGoesFirst() {
        String none = task(Trigger.POST_CREATE_DESKTOP_SUCCESS);
        String third = task(Trigger.POST_CREATE_DESKTOP_SUCCESS);
        String first = task(Trigger.POST_CREATE_DESKTOP_SUCCESS);
        update(third, "{'priority':3}");
        update(first, "{'priority':1}");
        happen(Trigger.POST_CREATE_DESKTOP_SUCCESS);
        tickUntil(OVER);
        var order = new ArrayList<String>();
        await(SERVER.database
                        .client()
                        .query("SELECT task_id FROM scheduled_task_firings ORDER BY planned_at")
                        .execute())
                .forEach(row -> order.add(row.getUUID("task_id").toString()));
        assertThat(order).containsExactly(first, third, none);
    }

    @Test
    void oneTaskThatCannotBeReadHoldsUpNoOther() {
        String bad = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        String good = task(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        SERVER.fixture.execute(
                "UPDATE scheduled_tasks SET request = request || '{\"time_zone\": \"Mars/Olympus\"}' WHERE id = $1",
                UUID.fromString(bad));
        tickUntil(OVER);
        happen(Trigger.POST_REBUILD_DESKTOP_SUCCESS);
        tickUntil(OVER);
        assertThat(fired(good)).hasSize(2);
        assertThat(fired(bad)).isEmpty();
    }

    @Test
    void aDesktopThatEnrolledIsWaitedForUntilItsFirstHello() {
        String task = task(Trigger.POST_CREATE_DESKTOP_SUCCESS, Duration.ZERO, ALL, "");
        UUID desktop = SERVER.fixture.desktop(PROJECT, null, "pc");
        tickUntil(Duration.ofMinutes(5));
        assertThat(fired(task)).isEmpty();
        SERVER.fixture.connect(desktop, host());
        tickUntil(Duration.ofMinutes(6));
        assertThat(fired(task)).singleElement().satisfies(fired -> assertThat(fired.desktops())
                .containsExactly(desktop));
    }

    @Test
    void nodesThatTickAtOnceFireEachDesktopOnce() {
        String task = task(Trigger.POST_CREATE_DESKTOP_SUCCESS, Duration.ZERO, ALL, "");
        List<Triggers> nodes = List.of(node(), node(), node());
        var desktops = new HashSet<UUID>();
        List<Future<?>> ticks = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            desktops.add(SERVER.fixture.desktop(PROJECT, null, "pc"));
            SERVER.now = databaseNow();
            nodes.forEach(node -> ticks.add(node.tick()));
        }
        await(Future.join(ticks).otherwiseEmpty());
        sayHello();
        SERVER.now = databaseNow().plusSeconds(1);
        await(triggers.tick());
        var all = new ArrayList<UUID>();
        fired(task).forEach(fired -> all.addAll(fired.desktops()));
        assertThat(all).containsExactlyInAnyOrderElementsOf(desktops);
        assertThat(ticks).allMatch(tick -> tick.succeeded());
    }

    @Test
    void aFloodIsAFewStatements() {
        int many = 15_000;
        String off = task(Trigger.POST_DESKTOP_DISCONNECTED, Duration.ZERO, ALL, "");
        String away = task(Trigger.POST_DESKTOP_CANNOT_CONNECT, Duration.ZERO, ALL, "");
        SERVER.fixture.execute(
                "INSERT INTO desktops (project_id, computer_name, public_key, machine_id, host, boot_id, node_id, connected_at,"
                        + " last_seen_at, session_epoch, logged_on) SELECT $1, 'pc-' || i, 'key-' || i, 'm', '{}', 'boot-1', $2,"
                        + " now(), now(), 1, true FROM generate_series(1, 15000) AS i",
                PROJECT,
                NODE);
        var changes = new ArrayList<HostChange>();
        await(SERVER.database.client().query("SELECT id FROM desktops").execute())
                .forEach(row -> changes.add(new HostChange(new Session(row.getUUID("id"), 1), host())));
        for (int i = 0; i < many; i += 1024) {
            await(sessions.updateHosts(SERVER.database.client(), changes.subList(i, Math.min(many, i + 1024))));
        }
        happened = databaseNow();
        at(Duration.ofSeconds(1));
        long began = System.nanoTime();
        await(triggers.tick());
        long loggedOff = System.nanoTime() - began;
        for (int i = 0; i < many; i += 1024) {
            await(sessions.disconnect(
                    SERVER.database.client(),
                    changes.subList(i, Math.min(many, i + 1024)).stream()
                            .map(HostChange::session)
                            .toList()));
        }
        happened = databaseNow();
        at(Duration.ofSeconds(100));
        began = System.nanoTime();
        await(triggers.tick());
        long wentAway = System.nanoTime() - began;

        assertThat(fired(off)).singleElement().satisfies(fired -> assertThat(fired.desktops())
                .hasSize(many));
        assertThat(fired(away)).singleElement().satisfies(fired -> assertThat(fired.desktops())
                .hasSize(many));
        System.out.printf("flood: %d ms, %d ms%n", loggedOff / 1_000_000, wentAway / 1_000_000);
        assertThat(Arrays.asList(loggedOff, wentAway))
                .allMatch(nanos -> nanos < Duration.ofSeconds(10).toNanos());
    }
}
