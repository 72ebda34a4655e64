package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.PowerProofStore.Taken;
import io.deskwave.control.desktop.PowerStore.Untold;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Power actions through the API, with the agents' side played by hand. */
class PowerJobsTest {
    private final DesktopServer server = new DesktopServer();
    private final DesktopFixture fixture = server.fixture;
    private final SessionStore sessions = new SessionStore();

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private static HostInfo boot(String bootId) {
        HostInfo h = host();
        return new HostInfo(
                h.osType(),
                h.osName(),
                h.osVersion(),
                h.architecture(),
                h.hostname(),
                h.machineId(),
                bootId,
                h.bootTime(),
                h.cpu(),
                h.memoryBytes(),
                h.disks(),
                h.interfaces(),
                h.users());
    }

    private JsonObject act(String opType, UUID... desktops) {
        return server.get("POST", "/desktops/action", body(opType, desktops));
    }

    private static String body(String opType, UUID... desktops) {
        return "{'desktop_ids':['"
                + String.join(
                        "','", List.of(desktops).stream().map(UUID::toString).toList()) + "'],'op_type':'"
                + opType + "'}";
    }

    private Untold untold() {
        List<Untold> untold = await(server.power.listUntold(NODE));
        assertThat(untold).hasSize(1);
        return untold.get(0);
    }

    private void take(Untold order, Session session, @Nullable String error) {
        await(server.power.taken(List.of(new Taken(order.id(), session, error))));
    }

    private void leave(Session session) {
        await(sessions.disconnect(server.database.client(), List.of(session)));
    }

    @Test
    void aStopEndsWhenTheSessionEndsAfterTheAgentTookIt() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        JsonObject answer = act("OS-Stop", desktop);
        String job = answer.getString("job_id");
        assertThat(answer.getJsonArray("failed_operation_list")).isEmpty();
        assertThat(server.job(job).getString("status")).isEqualTo("WAITING");
        assertThat(server.desktop(desktop).getString("task_status")).isEqualTo("powering-off");
        Untold order = untold();
        assertThat(order.op()).isEqualTo(PowerOp.STOP);
        take(order, session, null);
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        assertThat(await(server.power.listUntold(NODE))).as("told once").isEmpty();
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        leave(session);
        await(server.power.sessionsEnded(List.of(session)));
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        assertThat(server.job(job).getString("end_time")).isNotEmpty();
        assertThat(server.subJobs(job))
                .containsExactly("SUCCESS: the agent took the order, and then its session ended");
        assertThat(server.desktop(desktop).getString("status")).isEqualTo("SHUTOFF");
        assertThat(server.desktop(desktop).containsKey("task_status")).isFalse();
    }

    @Test
    void theEndOfASessionProvesNothingBeforeTheAgentTookTheOrder() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, boot("one"));
        String job = act("os-stop", desktop).getString("job_id");
        leave(session);
        await(server.power.sessionsEnded(List.of(session)));
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("WAITING");
        Session next = fixture.connect(desktop, boot("one"));
        server.sweep();
        Untold again = untold();
        assertThat(again.epoch()).isEqualTo(next.epoch());
        leave(next);
        fixture.connect(desktop, boot("two"));
        server.sweep();
        assertThat(server.subJobs(job).get(0)).startsWith("FAILED: the desktop booted anew");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
        assertThat(server.job(job).getString("job_error_code")).isEqualTo("WKS.00211401");
    }

    @Test
    void aHibernatedDesktopIsSoUntilItsNextHello() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        String job = act("hibernate", desktop).getString("job_id");
        take(untold(), session, null);
        await(server.power.sessionsEnded(List.of(session)));
        leave(session);
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        assertThat(server.desktop(desktop).getString("status")).isEqualTo("HIBERNATED");
        assertThat(total("HIBERNATED")).isEqualTo(1);
        assertThat(total("SHUTOFF")).isZero();
        assertThat(server.subJobs(act("os-hibernate", desktop).getString("job_id")))
                .containsExactly("SUCCESS: the desktop hibernated already");
        assertThat(act("os-stop", desktop)
                        .getJsonArray("failed_operation_list")
                        .getJsonObject(0)
                        .getString("error_msg"))
                .contains("hibernates");
        leave(fixture.connect(desktop, host()));
        assertThat(server.desktop(desktop).getString("status")).isEqualTo("SHUTOFF");
        assertThat(total("SHUTOFF")).isEqualTo(1);
    }

    private int total(String status) {
        return server.get("GET", "/desktops?status=" + status, null).getInteger("total_count");
    }

    @Test
    void aRebootIsProvenByAnotherBootIdOnly() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, boot("one"));
        String job = act("reboot", desktop).getString("job_id");
        assertThat(server.desktop(desktop).getString("task_status")).isEqualTo("rebooting");
        take(untold(), session, null);
        leave(session);
        await(server.power.sessionsEnded(List.of(session)));
        leave(fixture.connect(desktop, boot("one")));
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        fixture.connect(desktop, boot("two"));
        server.sweep();
        assertThat(server.subJobs(job)).containsExactly("SUCCESS: the desktop came back with another boot id");
    }

    @Test
    void aStartWaitsForTheHelloAndNoLongerThanItsDeadline() {
        UUID early = fixture.desktop(PROJECT, null, "early");
        UUID late = fixture.desktop(PROJECT, null, "late");
        String job = act("os-start", early, late).getString("job_id");
        assertThat(await(server.power.listUntold(NODE))).isEmpty();
        assertThat(server.desktop(late).getString("task_status")).isEqualTo("powering-on");
        server.sweep();
        fixture.connect(early, host());
        server.sweep();
        assertThat(server.subJobs(job)).containsExactly("SUCCESS: the desktop came online", "WAITING: ");
        server.now = server.now.plus(Duration.ofMinutes(10));
        server.sweep();
        assertThat(server.subJobs(job).get(1))
                .startsWith("FAILED: the desktop did not come online")
                .contains("switch it on");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
        assertThat(server.job(job).getString("fail_reason")).startsWith("1 of 2 sub-jobs failed");
    }

    @Test
    void everyOrderEndsWithNoAgentAndNoNode() {
        UUID taken = fixture.desktop(PROJECT, null, "taken");
        UUID untaken = fixture.desktop(PROJECT, null, "untaken");
        Session session = fixture.connect(taken, host());
        fixture.connect(untaken, host());
        String job = server.get(
                        "POST",
                        "/desktops/action",
                        body("reboot", taken, untaken).replace("}", ",'timeout_minutes':3,'type':'hard'}"))
                .getString("job_id");
        Untold order = await(server.power.listUntold(NODE)).stream()
                .filter(untold -> untold.desktopId().equals(taken))
                .findFirst()
                .orElseThrow();
        assertThat(order.force()).isTrue();
        assertThat(order.expiresAt()).isEqualTo(server.now.plus(Duration.ofMinutes(3)));
        take(order, session, null);
        server.now = server.now.plus(Duration.ofMinutes(3));
        server.sweep();
        assertThat(server.subJobs(job))
                .containsExactly(
                        "FAILED: the agent took the order, and nothing proved in time that it was carried out",
                        "FAILED: the agent did not take the order in time");
        take(order, session, null);
        assertThat(server.job(job).getString("status"))
                .as("late news changes nothing")
                .isEqualTo("FAIL");
    }

    @Test
    void aStopWhoseNodeDiedIsProvenByTheDesktopsAbsence() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        String job = act("os-stop", desktop).getString("job_id");
        take(untold(), session, null);
        leave(session);
        fixture.execute("UPDATE desktops SET last_seen_at = '2026-11-21T12:00:00Z'");
        server.now = server.now.plusSeconds(60);
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        server.now = server.now.plusSeconds(31);
        server.sweep();
        assertThat(server.subJobs(job).get(0)).startsWith("SUCCESS: the agent took the order");
    }

    @Test
    void theEndOfASessionThatWasFollowedByAnotherProvesNothing() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, boot("one"));
        String job = act("os-stop", desktop).getString("job_id");
        take(untold(), session, null);
        leave(session);
        fixture.connect(desktop, boot("one"));
        await(server.power.sessionsEnded(List.of(session)));
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
    }

    @Test
    void aNodeThatHeardTheDatabaseForAMomentOnlyTakesNobodyForAway() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        String job = act("os-stop", desktop).getString("job_id");
        take(untold(), session, null);
        leave(session);
        fixture.execute("UPDATE desktops SET last_seen_at = '2026-11-21T12:00:00Z'");
        server.now = server.now.plusSeconds(200);
        var steadyFor = new AtomicReference<>(Duration.ofSeconds(89));
        var started = new PowerProofs(server.database, new JobStore(), () -> server.now, steadyFor::get);
        await(started.settle());
        steadyFor.set(Duration.ofSeconds(90));
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        await(started.settle());
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void whatTheAgentRefusesFails() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        String job = act("os-hibernate", desktop).getString("job_id");
        UUID other = fixture.desktop(PROJECT, null, "other");
        take(untold(), fixture.connect(other, host()), "not mine");
        assertThat(server.job(job).getString("status")).isEqualTo("WAITING");
        take(untold(), session, "this machine cannot hibernate");
        assertThat(server.subJobs(job)).containsExactly("FAILED: this machine cannot hibernate");
        assertThat(server.job(job).getJsonArray("sub_jobs").getJsonObject(0).getString("error_code"))
                .isEqualTo("WKS.00211401");
    }

    @Test
    void whatCannotBeDoneIsListedAndTheRestIsDone() {
        UUID off = fixture.desktop(PROJECT, null, "off");
        UUID on = fixture.desktop(PROJECT, null, "on");
        UUID foreign = fixture.desktop(OTHER_PROJECT, null, "theirs");
        fixture.connect(on, host());
        JsonObject answer = act("reboot", off, on, on, foreign);
        List<JsonObject> failed = DesktopServer.all(answer.getJsonArray("failed_operation_list"));
        assertThat(failed)
                .extracting(each -> each.getString("desktop_id") + " " + each.getString("error_code"))
                .containsExactlyInAnyOrder(foreign + " WKS.00211902", off + " WKS.00010032");
        assertThat(server.job(answer.getString("job_id")).getInteger("sub_jobs_total"))
                .isEqualTo(1);
        JsonObject second = act("os-stop", on);
        assertThat(second.containsKey("job_id")).isFalse();
        assertThat(second.getJsonArray("failed_operation_list").getJsonObject(0).getString("error_msg"))
                .contains("under way");
        assertThat(server.call("POST", "/desktops/action", body("reboot", foreign))
                        .status())
                .isEqualTo(404);
        assertThat(fixture.count("SELECT count(*) FROM jobs")).isEqualTo(1);
    }

    @Test
    void whatIsSoAlreadySucceedsAtOnce() {
        UUID off = fixture.desktop(PROJECT, null, "off");
        UUID on = fixture.desktop(PROJECT, null, "on");
        fixture.connect(on, host());
        JsonObject stopped = server.job(act("os-stop", off).getString("job_id"));
        assertThat(stopped.getString("status")).isEqualTo("SUCCESS");
        assertThat(stopped.getString("job_type")).isEqualTo("operateDesktops");
        assertThat(stopped.getJsonArray("sub_jobs").getJsonObject(0).getString("success_result"))
                .isEqualTo("the desktop was not running");
        assertThat(server.subJobs(act("os-start", on).getString("job_id")))
                .containsExactly("SUCCESS: the desktop was running already");
    }

    @Test
    void aPoolsActionHasASubJobForEachOfItsDesktops() {
        UUID pool = fixture.pool(PROJECT, "pool");
        UUID on = fixture.desktop(PROJECT, pool, "b");
        fixture.desktop(PROJECT, pool, "a");
        fixture.connect(on, host());
        String body = "{'op_type':'HIBERNATE'}";
        String job =
                server.get("POST", "/desktop-pools/" + pool + "/action", body).getString("job_id");
        assertThat(server.job(job).getString("job_type")).isEqualTo("executeDesktopsAction");
        assertThat(server.subJobs(job).get(0)).startsWith("FAILED: the desktop is not connected");
        assertThat(server.subJobs(job).get(1)).startsWith("WAITING");
        String second =
                server.get("POST", "/desktop-pools/" + pool + "/action", body).getString("job_id");
        assertThat(server.job(second).getString("status")).isEqualTo("FAIL");
        assertThat(server.subJobs(second)).hasSize(2).allMatch(text -> text.startsWith("FAILED"));
        UUID empty = fixture.pool(PROJECT, "empty");
        assertThat(server.call("POST", "/desktop-pools/" + empty + "/action", body)
                        .status())
                .isEqualTo(409);
        UUID foreign = fixture.pool(OTHER_PROJECT, "theirs");
        assertThat(server.call("POST", "/desktop-pools/" + foreign + "/action", body)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aDeletedDesktopsOrderEndsWithIt() {
        UUID one = fixture.desktop(PROJECT, null, "one");
        UUID two = fixture.desktop(PROJECT, null, "two");
        String job = act("os-start", one, two).getString("job_id");
        assertThat(server.call("DELETE", "/desktops/" + one, null).status()).isEqualTo(204);
        assertThat(server.subJobs(job)).containsExactly("FAILED: the desktop was deleted", "WAITING: ");
    }

    @Test
    void aJobEndsOnceWhenItsLastTwoEndAtOneInstant() {
        for (int round = 0; round < 10; round++) {
            UUID one = fixture.desktop(PROJECT, null, "one" + round);
            UUID two = fixture.desktop(PROJECT, null, "two" + round);
            Session first = fixture.connect(one, host());
            Session second = fixture.connect(two, host());
            String job = act("os-stop", one, two).getString("job_id");
            for (Untold order : await(server.power.listUntold(NODE))) {
                take(order, order.desktopId().equals(one) ? first : second, null);
            }
            await(Future.all(server.power.sessionsEnded(List.of(first)), server.power.sessionsEnded(List.of(second))));
            assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'op_type':'reboot'}                                                     | desktop_ids",
                "{'desktop_ids':[],'op_type':'reboot'}                                    | desktop_ids",
                "{'desktop_ids':['x']}                                                    | op_type",
                "{'desktop_ids':['x'],'op_type':'os-reboot'}                              | os-start, os-stop, reboot",
                "{'desktop_ids':['x'],'op_type':'reboot','type':'MEDIUM'}                 | type",
                "{'desktop_ids':['x'],'op_type':'reboot','timeout_minutes':121}           | timeout_minutes",
                "{'desktop_ids':['x'],'op_type':'reboot','force':true}                    | force",
            })
    void aBadRequestIsRefusedByName(String body, String named) {
        DesktopServer.Answer answer = server.call("POST", "/desktops/action", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains(named);
    }
}
