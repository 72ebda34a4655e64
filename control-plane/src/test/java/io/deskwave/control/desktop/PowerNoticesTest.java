package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.desktop.PowerProofStore.Taken;
import io.deskwave.control.desktop.PowerStore.Untold;
import io.deskwave.control.desktop.SessionStore.Arrival;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ScriptType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Power actions that the users are told of before, through the API, with the agents' side played by hand. */
class PowerNoticesTest {
    private final DesktopServer server = new DesktopServer();
    private final DesktopFixture fixture = server.fixture;
    private final SessionStore sessions = new SessionStore();

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private Session connect(UUID desktop, Set<String> abilities) {
        var arrival = new Arrival(
                desktop, fixture.key(desktop), UUID.randomUUID(), host(), Set.of(ScriptType.SHELL), "0.1.0", abilities);
        return await(sessions.connect(server.database.client(), NODE, List.of(arrival)))
                .sessions()
                .iterator()
                .next();
    }

    @CanIgnoreReturnValue
    private Session connect(UUID desktop) {
        return connect(desktop, Set.of(Protocol.POWER_NOTICES, "something that nobody knows"));
    }

    private String act(String opType, UUID desktop, String more) {
        return server.get(
                        "POST",
                        "/desktops/action",
                        "{'desktop_ids':['" + desktop + "'],'op_type':'" + opType + "'" + more + "}")
                .getString("job_id");
    }

    private List<Untold> untold() {
        return await(server.power.listUntold(NODE));
    }

    private void answer(Untold order, Session session, @Nullable Integer seconds) {
        await(server.power.taken(List.of(new Taken(order.id(), session, null, seconds))));
    }

    @Test
    void theUsersTimeCountsOnTopAndNothingIsProvenBeforeItIsOver() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = connect(desktop);
        String job = act("os-stop", desktop, ",'notify_message':'save','notify_seconds':600,'timeout_minutes':1");
        Untold order = untold().get(0);
        assertThat(order.tells()).isTrue();
        assertThat(order.notice()).isEqualTo(new PowerJobs.Notice("save", 600));
        assertThat(order.expiresAt()).isEqualTo(server.now.plusSeconds(660));
        answer(order, session, 600);
        assertThat(untold()).as("told once a session").isEmpty();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        await(server.power.sessionsEnded(List.of(session)));
        await(sessions.disconnect(server.database.client(), List.of(session)));
        server.now = server.now.plus(Duration.ofMinutes(5));
        server.sweep();
        assertThat(server.job(job).getString("status"))
                .as("an agent that goes while its users have time has not stopped the machine")
                .isEqualTo("RUNNING");
        Session next = connect(desktop);
        Untold again = untold().get(0);
        assertThat(again.id()).isEqualTo(order.id());
        answer(again, next, 300);
        assertThat(untold()).isEmpty();
        answer(again, next, null);
        await(server.power.sessionsEnded(List.of(next)));
        assertThat(server.subJobs(job))
                .containsExactly("SUCCESS: the agent took the order, and then its session ended");
    }

    @Test
    void anAgentThatWasCutOffWhenItActedIsProvenByItsNextBoot() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = connect(desktop);
        String job = act("os-stop", desktop, ",'notify_message':'save','notify_seconds':60");
        answer(untold().get(0), session, 60);
        await(sessions.disconnect(server.database.client(), List.of(session)));
        connect(desktop);
        fixture.execute("UPDATE desktops SET boot_id = 'another' WHERE id = $1", desktop);
        server.sweep();
        assertThat(server.subJobs(job))
                .containsExactly("SUCCESS: the desktop went down, and came back with another boot id");
    }

    @Test
    void theJobOfAnAgentThatNeverActsEnds() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = connect(desktop);
        String job = act("reboot", desktop, ",'notify_message':'save','notify_seconds':60,'timeout_minutes':1");
        answer(untold().get(0), session, 60);
        server.now = server.now.plusSeconds(119);
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("RUNNING");
        server.now = server.now.plusSeconds(2);
        server.sweep();
        assertThat(server.subJobs(job))
                .containsExactly(
                        "FAILED: the agent took the order, and nothing proved in time that it was carried out");
    }

    @Test
    void anOlderAgentActsAtOnceAndTheSubJobSaysThatNobodyWasTold() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = connect(desktop, Set.of());
        String job = act("os-stop", desktop, ",'notify_message':'save','notify_seconds':600");
        Untold order = untold().get(0);
        assertThat(order.tells()).isFalse();
        await(server.power.noticesLeftOut(List.of(order.id())));
        answer(order, session, null);
        await(server.power.sessionsEnded(List.of(session)));
        assertThat(server.subJobs(job))
                .containsExactly("SUCCESS: the agent took the order, and then its session ended; its users were not "
                        + "told: its agent is too old for that");
    }

    @Test
    void aStartThatNothingCouldHelpSaysWhy() {
        UUID unknown = fixture.desktop(PROJECT, null, "unknown");
        UUID lonely = fixture.desktop(PROJECT, null, "lonely");
        fixture.execute(
                "INSERT INTO desktop_networks (desktop_id, mac, address) VALUES ($1, '52:54:00:00:00:01', '10.1.2.3/24')",
                lonely);
        UUID tried = fixture.desktop(PROJECT, null, "tried");
        String first = act("os-start", unknown, ",'timeout_minutes':1");
        String second = act("os-start", lonely, ",'timeout_minutes':1");
        String third = act("os-start", tried, ",'timeout_minutes':1");
        fixture.execute(
                "INSERT INTO desktop_wakes (desktop_id, since, attempts, last_at, next_at, senders)"
                        + " SELECT desktop_id, begin_time, 7, begin_time, begin_time, '{desk-1,desk-2}' FROM sub_jobs"
                        + " WHERE desktop_id = $1",
                tried);
        server.now = server.now.plusSeconds(61);
        server.sweep();
        assertThat(server.subJobs(first).get(0))
                .endsWith("its network card is not known, and nothing can wake it: " + "switch it on");
        assertThat(server.subJobs(second))
                .containsExactly("FAILED: the desktop did not come online in time: no online desktop is in its subnet "
                        + "10.1.2.0/24 to wake it: switch it on");
        assertThat(server.subJobs(third).get(0))
                .startsWith("FAILED: the desktop did not come online in time: magic packets were sent 7 times by "
                        + "desk-1, desk-2, and the desktop did not come online");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'notify_message':''                          | notify_message",
                "'notify_message':'  '                        | notify_message must not be blank",
                "'notify_message':'a\\u0000b'                 | U+0000",
                "'notify_message':'a\\u001b[2J'               | control characters",
                "'notify_message':7                           | notify_message",
                "'notify_message':'x','notify_seconds':-1     | notify_seconds",
                "'notify_message':'x','notify_seconds':3601   | notify_seconds",
                "'notify_message':'x','notify_seconds':'1'    | notify_seconds",
                "'notify_seconds':5                           | notify_seconds needs a notify_message"
            },
            quoteCharacter = '`')
    void aBadNoticeIsRefusedByName(String more, String named) {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        DesktopServer.Answer answer = server.call(
                "POST", "/desktops/action", "{'desktop_ids':['" + desktop + "'],'op_type':'os-stop'," + more + "}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains(named);
    }

    @Test
    void aNoticeIsBoundedAndNotForAStart() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String body = "{'desktop_ids':['" + desktop + "'],'op_type':'%s','notify_message':'%s'}";
        assertThat(server.call("POST", "/desktops/action", body.formatted("os-stop", "x".repeat(1001)))
                        .status())
                .isEqualTo(400);
        DesktopServer.Answer start = server.call("POST", "/desktops/action", body.formatted("os-start", "up"));
        assertThat(start.status()).isEqualTo(400);
        assertThat(start.message()).contains("notify_message is for stop");
    }
}
