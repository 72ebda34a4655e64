package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderCall.Result;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.desktop.SnapshotOrders.News;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.HostInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is for the provider, in its rows; the provider and the agents are played by hand. */
class ProviderOrdersTest {
    private static final UUID OTHER_NODE = UUID.fromString("00000000-0000-4000-8000-00000000000b");

    private final DesktopServer server = new DesktopServer();
    private final DesktopFixture fixture = server.fixture;
    private final NodeStore nodes = new NodeStore();

    @BeforeEach
    void start() {
        beat(NODE);
        beat(OTHER_NODE);
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private void beat(UUID node) {
        await(nodes.beat(server.database.client(), node, server.now, server.now));
    }

    @CanIgnoreReturnValue
    private String begin(PowerOp op, UUID... desktops) {
        return await(server.database.inTransaction(
                        tx -> server.powerJobs.begin(tx, PROJECT, List.of(desktops), new Action(op, false, null, 10))))
                .toString();
    }

    private ProviderCall claimOne() {
        List<ProviderCall> calls = await(server.provider.claim(NODE, 4, 4));
        assertThat(calls).hasSize(1);
        return calls.get(0);
    }

    private void answer(ProviderCall call, Result result, String message) {
        await(server.provider.answered(NODE, call.actionId(), new Answer(result, message)));
    }

    private String end(String job) {
        assertThat(server.subJobs(job)).hasSize(1);
        return server.subJobs(job).get(0);
    }

    private String errorCode(String job) {
        return server.job(job).getJsonArray("sub_jobs").getJsonObject(0).getString("error_code");
    }

    private void pass(Duration time) {
        server.now = server.now.plus(time);
    }

    private static HostInfo machine(String machineId, String bootId) {
        HostInfo h = host();
        return new HostInfo(
                h.osType(),
                h.osName(),
                h.osVersion(),
                h.architecture(),
                h.hostname(),
                machineId,
                bootId,
                h.bootTime(),
                h.cpu(),
                h.memoryBytes(),
                h.disks(),
                h.interfaces(),
                h.users());
    }

    @Test
    void aRebuildWithoutAProviderFailsAtOnceAndSaysWhatToConfigure() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        await(server.provider.passUnprovided());
        assertThat(end(job))
                .isEqualTo(
                        "FAILED: a desktop cannot rebuild itself, and no provider is configured: name an executable that"
                                + " does it with --provider (DESKWAVE_PROVIDER) where the control plane is started");
        assertThat(errorCode(job)).isEqualTo("WKS.00211401");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
    }

    @Test
    void waitsForANodeThatHasAProviderAndNoLongerOnceThatIsGone() {
        await(server.provider.sayThereIsOne(OTHER_NODE));
        String job = begin(PowerOp.REBUILD, fixture.desktop(PROJECT, null, "pc"));
        await(server.provider.passUnprovided());
        assertThat(end(job)).startsWith("WAITING");
        await(nodes.release(server.database.client(), OTHER_NODE));
        await(server.provider.passUnprovided());
        assertThat(end(job)).startsWith("FAILED");
    }

    @Test
    void oneNodeTakesAnOrderOnceAndNobodyEverAgain() {
        UUID[] desktops = IntStream.range(0, 6)
                .mapToObj(i -> fixture.desktop(PROJECT, null, "pc" + i))
                .toArray(UUID[]::new);
        String job = begin(PowerOp.REBUILD, desktops);
        var one = server.provider.claim(NODE, 4, 4);
        var other = server.provider.claim(OTHER_NODE, 4, 4);
        List<UUID> taken = Stream.of(await(one), await(other))
                .flatMap(List::stream)
                .map(ProviderCall::actionId)
                .toList();
        assertThat(taken).hasSizeGreaterThanOrEqualTo(4).doesNotHaveDuplicates();
        await(server.provider.claim(NODE, 4, 4));
        assertThat(await(server.provider.claim(OTHER_NODE, 100, 100))).isEmpty();
        pass(Duration.ofMinutes(9));
        assertThat(await(server.provider.claim(OTHER_NODE, 100, 100)))
                .as("the node that took them is gone: nobody runs them again")
                .isEmpty();
        pass(Duration.ofMinutes(2));
        server.sweep();
        assertThat(server.subJobs(job))
                .hasSize(6)
                .containsOnly(
                        "FAILED: the provider was asked, and the node that asked it ended before the answer came: nobody"
                                + " knows what the provider did");
    }

    @Test
    void anOrderWhoseTurnNeverCameSaysSo() {
        String job = begin(PowerOp.CREATE_SNAPSHOT, fixture.desktop(PROJECT, null, "pc"));
        pass(Duration.ofMinutes(11));
        assertThat(await(server.provider.claim(NODE, 4, 4))).isEmpty();
        server.sweep();
        assertThat(end(job)).isEqualTo("FAILED: its turn with the provider did not come in time");
    }

    @Test
    void theProviderIsToldOfTheDesktop() {
        UUID pool = fixture.pool(PROJECT, "pool");
        UUID desktop = fixture.desktop(PROJECT, pool, "pc");
        fixture.execute(
                "INSERT INTO desktop_tags (project_id, desktop_id, key, value) VALUES ($1, $2, 'room', '4')",
                PROJECT,
                desktop);
        begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        assertThat(call.op()).isEqualTo(PowerOp.REBUILD);
        assertThat(call.desktopId()).isEqualTo(desktop);
        assertThat(call.poolId()).isEqualTo(pool);
        assertThat(call.computerName()).isEqualTo("pc");
        assertThat(call.machineId()).isEqualTo("machine-1");
        assertThat(call.tags()).containsExactly(new Tag("room", "4"));
        assertThat(call.deadline()).isEqualTo(server.now.plus(Duration.ofMinutes(10)));
        assertThat(call.enrollmentToken()).isNotBlank();
        assertThat(call.toString()).doesNotContain(call.enrollmentToken());
    }

    @Test
    void theNewImageTakesTheDesktopOverAndItsHelloIsTheProof() {
        UUID pool = fixture.pool(PROJECT, "pool");
        UUID desktop = fixture.desktop(PROJECT, pool, "pc");
        Session old = fixture.connect(desktop, host());
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        answer(call, Result.ACCEPTED, "");
        String token = Objects.requireNonNull(call.enrollmentToken());

        String oldKey = fixture.key(desktop);
        UUID enrolled = await(server.enrol(token, machine("machine-2", "boot-9")));

        assertThat(enrolled).isEqualTo(desktop);
        assertThat(server.replaced).containsExactly(new Session(desktop, old.epoch() + 1));
        assertThat(fixture.count(
                        "SELECT count(*) FROM desktops WHERE id = $1 AND former_key = $2 AND public_key <> $2",
                        desktop,
                        oldKey))
                .isEqualTo(1);
        JsonObject view = server.desktop(desktop);
        assertThat(view.getBoolean("connected"))
                .as("the old machine's session is worth nothing")
                .isFalse();
        assertThat(view.getString("computer_name")).isEqualTo("pc");
        assertThat(view.getString("desktop_pool_id", view.getString("pool_id"))).isEqualTo(pool.toString());
        assertThat(fixture.count("SELECT count(*) FROM desktops WHERE id = $1 AND machine_id = 'machine-2'", desktop))
                .isEqualTo(1);
        assertThat(fixture.count("SELECT count(*) FROM desktops")).isEqualTo(1);
        assertThat(await(new SessionStore().disconnect(server.database.client(), List.of(old))))
                .as("what the old session says changes nothing")
                .isEmpty();
        server.sweep();
        assertThat(end(job)).startsWith("RUNNING");
        assertThat(server.rebuilt).isEmpty();

        fixture.connect(desktop, machine("machine-2", "boot-9"));
        server.sweep();
        assertThat(end(job)).isEqualTo("SUCCESS: the desktop enrolled with its new image and came online");
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        assertThat(server.rebuilt).extracting(Rebuilds.Rebuilt::desktopId).containsExactly(desktop);
        server.sweep();
        assertThat(server.rebuilt).as("told once").hasSize(1);
    }

    @Test
    void theOldMachineThatWasLetInBeforeTheNewImageEnrolledIsNotTheDesktopAnyMore() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        answer(call, Result.ACCEPTED, "");
        SessionStore.Arrival old = fixture.arrival(desktop, host());
        await(server.enrol(Objects.requireNonNull(call.enrollmentToken()), machine("machine-2", "boot-9")));

        assertThat(await(new SessionStore().connect(server.database.client(), NODE, List.of(old)))
                        .sessions())
                .isEmpty();
        server.sweep();
        assertThat(end(job)).startsWith("RUNNING");
        assertThat(server.desktop(desktop).getBoolean("connected")).isFalse();
        assertThat(server.rebuilt).isEmpty();
    }

    @Test
    void startsComeFirstAndOthersLeaveThemRoom() {
        begin(PowerOp.REBUILD, fixture.desktop(PROJECT, null, "a"), fixture.desktop(PROJECT, null, "b"));
        begin(PowerOp.START, fixture.desktop(PROJECT, null, "c"), fixture.desktop(PROJECT, null, "d"));
        assertThat(await(server.provider.claim(NODE, 1, 1)))
                .extracting(ProviderCall::op)
                .containsExactly(PowerOp.START);
        assertThat(await(server.provider.claim(NODE, 3, 1)))
                .extracting(ProviderCall::op)
                .containsExactlyInAnyOrder(PowerOp.START, PowerOp.REBUILD);
        assertThat(await(server.provider.claim(NODE, 1, 0))).isEmpty();
        assertThat(await(server.provider.claim(NODE, 1, 1))).hasSize(1);
    }

    @Test
    void whereThereWasAProviderOrdersWaitAMinuteForItToComeBack() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        begin(PowerOp.CREATE_SNAPSHOT, desktop);
        answer(claimOne(), Result.DONE, "");
        String job = begin(PowerOp.REBUILD, desktop);
        pass(Duration.ofSeconds(59));
        await(server.provider.passUnprovided());
        assertThat(end(job)).startsWith("WAITING");
        pass(Duration.ofSeconds(1));
        await(server.provider.passUnprovided());
        assertThat(end(job)).startsWith("FAILED").contains("no provider is configured");
    }

    @Test
    void theTokenOfARebuildLetsOneMachineInAndNoneOnceTheRebuildHasEnded() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        String token = Objects.requireNonNull(claimOne().enrollmentToken());
        assertThat(await(server.enrol(token, machine("machine-2", "b")))).isEqualTo(desktop);
        assertThatThrownBy(() -> await(server.enrol(token, machine("machine-3", "b"))))
                .hasMessageContaining("used up");
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(end(job)).startsWith("FAILED: the provider was asked, and the node");

        String late = begin(PowerOp.REBUILD, desktop);
        String lateToken = Objects.requireNonNull(claimOne().enrollmentToken());
        pass(Duration.ofMinutes(10));
        assertThatThrownBy(() -> await(server.enrol(lateToken, machine("machine-4", "b"))))
                .as("it expires with the deadline, whether or not the sweeper was there")
                .hasMessageContaining("has ended");
        server.sweep();
        assertThat(end(late)).startsWith("FAILED");
        assertThatThrownBy(() -> await(server.enrol(lateToken, machine("machine-4", "b"))))
                .hasMessageContaining("has ended");
    }

    @Test
    void manyMachinesWithOneRebuildsTokenAreOne() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        begin(PowerOp.REBUILD, desktop);
        String token = Objects.requireNonNull(claimOne().enrollmentToken());
        var all = IntStream.range(0, 8)
                .mapToObj(i -> server.enrol(token, machine("machine-" + i, "b")))
                .toList();
        all.forEach(each -> await(each.otherwiseEmpty()));
        assertThat(all.stream().filter(Future::succeeded)).hasSize(1);
        assertThat(fixture.count("SELECT count(*) FROM desktops")).isEqualTo(1);
        assertThat(server.replaced).hasSize(1);
    }

    @Test
    void aDeletedDesktopIsNotRebuilt() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        server.get("DELETE", "/desktops/" + desktop, null);
        assertThatThrownBy(() ->
                        await(server.enrol(Objects.requireNonNull(call.enrollmentToken()), machine("machine-2", "b"))))
                .hasMessageContaining("has ended");
        answer(call, Result.DONE, "");
    }

    @Test
    void anImageThatKeptTheAgentProvesItselfByAnotherBootOnceTheProviderIsDone() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        fixture.connect(desktop, host());
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        fixture.connect(desktop, machine("machine-1", "boot-2"));
        server.sweep();
        assertThat(end(job)).as("a reboot alone is no rebuild").startsWith("RUNNING");
        answer(call, Result.DONE, "");
        connectAt(desktop, "boot-3", server.now.plusSeconds(1));
        server.sweep();
        assertThat(end(job)).isEqualTo("SUCCESS: the provider did it, and the desktop came back with another boot id");
        assertThat(server.rebuilt).hasSize(1);
    }

    private void connectAt(UUID desktop, String bootId, Instant at) {
        fixture.connect(desktop, machine("machine-1", bootId));
        fixture.execute("UPDATE desktops SET connected_at = $2 WHERE id = $1", desktop, at.atOffset(ZoneOffset.UTC));
    }

    @Test
    void anOldMachineThatWasSwitchedOnMeanwhileProvesNothing() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        connectAt(desktop, "boot-2", server.now.plusSeconds(1));
        pass(Duration.ofSeconds(20));
        answer(call, Result.DONE, "");
        pass(Duration.ofSeconds(45));
        beat(NODE);
        server.sweep();
        assertThat(end(job)).as("its session is not given up yet").startsWith("RUNNING");
        pass(Duration.ofMinutes(2));
        server.sweep();
        assertThat(end(job)).as("the node that holds it is gone too").startsWith("RUNNING");
        await(server.enrol(Objects.requireNonNull(call.enrollmentToken()), machine("machine-2", "boot-9")));
        fixture.connect(desktop, machine("machine-2", "boot-9"));
        server.sweep();
        assertThat(end(job)).isEqualTo("SUCCESS: the desktop enrolled with its new image and came online");
    }

    @Test
    void aProviderMaySayThatItIsDoneOnceItsImageIsThere() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        connectAt(desktop, "boot-2", server.now.plusSeconds(1));
        pass(Duration.ofSeconds(20));
        answer(call, Result.DONE, "");
        pass(Duration.ofSeconds(86));
        beat(NODE);
        server.sweep();
        assertThat(end(job)).as("it answers its node").startsWith("SUCCESS");
    }

    @Test
    void theTokenOfARebuildIsGoodUntilTheDeadlineWhateverWasTakenForTheProof() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        String token = Objects.requireNonNull(call.enrollmentToken());
        answer(call, Result.DONE, "");
        connectAt(desktop, "boot-2", server.now.plusSeconds(1));
        server.sweep();
        assertThat(end(job)).startsWith("SUCCESS");

        assertThat(await(server.enrol(token, machine("machine-2", "boot-9")))).isEqualTo(desktop);
        assertThatThrownBy(() -> await(server.enrol(token, machine("machine-3", "b"))))
                .hasMessageContaining("used up");
        assertThat(server.rebuilt).as("told once").hasSize(1);
    }

    @Test
    void theTokenOfARebuildDoesNotBringADeletedDesktopBack() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.REBUILD, desktop);
        ProviderCall call = claimOne();
        answer(call, Result.DONE, "");
        connectAt(desktop, "boot-2", server.now.plusSeconds(1));
        server.sweep();
        assertThat(end(job)).startsWith("SUCCESS");
        server.get("DELETE", "/desktops/" + desktop, null);
        assertThatThrownBy(() ->
                        await(server.enrol(Objects.requireNonNull(call.enrollmentToken()), machine("machine-2", "b"))))
                .hasMessageContaining("has ended");
    }

    @Test
    void aRebuildThatWasOnlyAcceptedIsProvenByTheEnrollmentAlone() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        fixture.connect(desktop, host());
        String job = begin(PowerOp.REBUILD, desktop);
        answer(claimOne(), Result.ACCEPTED, "at it");
        fixture.connect(desktop, machine("machine-1", "boot-2"));
        server.sweep();
        assertThat(end(job)).startsWith("RUNNING");
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(end(job)).isEqualTo("FAILED: the provider took it on, and no new image enrolled in time: at it");
    }

    @Test
    void whatTheProviderSaysOfARebuildEndsIt() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String failed = begin(PowerOp.REBUILD, desktop);
        answer(claimOne(), Result.FAILED, "no template");
        assertThat(end(failed)).isEqualTo("FAILED: the provider could not rebuild the desktop: no template");
        assertThat(errorCode(failed)).isEqualTo("WKS.00211401");
        String unsupported = begin(PowerOp.REBUILD, desktop);
        answer(claimOne(), Result.UNSUPPORTED, "");
        assertThat(end(unsupported)).isEqualTo("FAILED: the provider does not rebuild the desktop");
    }

    @Test
    void aSecondAnswerAndOneOfAnotherNodeChangeNothing() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.CREATE_SNAPSHOT, desktop);
        ProviderCall call = claimOne();
        answer(call, Result.DONE, "snap-7");
        answer(call, Result.FAILED, "");
        assertThat(end(job)).isEqualTo("SUCCESS: the provider made the snapshot: snap-7");
    }

    @Test
    void aStartThatTheProviderTookIsProvenByTheHello() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.START, desktop);
        answer(claimOne(), Result.DONE, "");
        server.sweep();
        assertThat(end(job)).startsWith("RUNNING");
        fixture.connect(desktop, host());
        server.sweep();
        assertThat(end(job)).isEqualTo("SUCCESS: the desktop came online");

        UUID other = fixture.desktop(PROJECT, null, "other");
        String never = begin(PowerOp.START, other);
        answer(claimOne(), Result.ACCEPTED, "powering on");
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(end(never))
                .isEqualTo("FAILED: the provider took it on, and the desktop did not come online in time: powering on");
    }

    @Test
    void aStartThatTheProviderFailsAtIsProvenAllTheSameWhenTheDesktopIsThereOrOthersWokeIt() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        String job = begin(PowerOp.START, desktop);
        ProviderCall call = claimOne();
        fixture.connect(desktop, host());
        answer(call, Result.FAILED, "it is on");
        assertThat(end(job)).startsWith("WAITING");
        server.sweep();
        assertThat(end(job)).isEqualTo("SUCCESS: the desktop came online");

        UUID other = fixture.desktop(PROJECT, null, "other");
        String alone = begin(PowerOp.START, other);
        answer(claimOne(), Result.FAILED, "no such machine");
        assertThat(end(alone)).isEqualTo("FAILED: the provider could not start the desktop: no such machine");

        String woken = begin(PowerOp.START, other);
        fixture.execute(
                "INSERT INTO desktop_wakes (desktop_id, since, attempts, last_at, next_at, senders)"
                        + " VALUES ($1, $2, 1, $2, $2, '{neighbour}')",
                other,
                server.now.atOffset(ZoneOffset.UTC));
        answer(claimOne(), Result.FAILED, "it is on");
        assertThat(end(woken)).startsWith("WAITING");
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(end(woken))
                .startsWith(
                        "FAILED: the provider could not start the desktop: it is on; magic packets were sent 1 time");
    }

    @Test
    void aStartThatTheProviderDoesNotKnowWaitsForWhoeverWakesDesktops() {
        String job = begin(PowerOp.START, fixture.desktop(PROJECT, null, "pc"));
        answer(claimOne(), Result.UNSUPPORTED, "no such machine");
        assertThat(end(job)).startsWith("WAITING");
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(end(job)).startsWith("FAILED: the desktop did not come online in time");
    }

    @Test
    void aSnapshotThatTheProviderDoesNotMakeIsTheAgents() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        Session session = fixture.connect(desktop, host());
        String job = begin(PowerOp.CREATE_SNAPSHOT, desktop);
        assertThat(await(server.snapshots.listUntold(NODE)))
                .as("the provider comes first")
                .isEmpty();
        answer(claimOne(), Result.UNSUPPORTED, "");
        var untold = await(server.snapshots.listUntold(NODE)).get(0);
        assertThat(untold.desktopId()).isEqualTo(desktop);
        assertThat(untold.epoch()).isEqualTo(session.epoch());
        assertThat(untold.taken()).isFalse();
        news(untold.id(), desktop, Phase.TAKEN, "");
        assertThat(end(job)).startsWith("RUNNING");
        assertThat(await(server.snapshots.listUntold(NODE)).get(0).taken()).isTrue();
        news(untold.id(), UUID.randomUUID(), Phase.DONE, "of another desktop");
        news(untold.id(), desktop, Phase.DONE, "btrfs snapshot /.deskwave-snapshots/x");
        news(untold.id(), desktop, Phase.FAILED, "late");
        assertThat(end(job)).isEqualTo("SUCCESS: the agent made it: btrfs snapshot /.deskwave-snapshots/x");
        assertThat(server.job(job).getString("status")).isEqualTo("SUCCESS");
        assertThat(await(server.snapshots.listUntold(NODE))).isEmpty();
    }

    private void news(UUID order, UUID desktop, Phase phase, String text) {
        await(server.snapshots.heard(List.of(new News(order, desktop, phase, text))));
    }

    @Test
    void withoutAProviderTheAgentIsAskedAtOnceAndAnAbsentOneIsNoFailure() {
        UUID online = fixture.desktop(PROJECT, null, "a");
        UUID away = fixture.desktop(PROJECT, null, "b");
        fixture.connect(online, host());
        String job = begin(PowerOp.CREATE_SNAPSHOT, online, away);
        await(server.provider.passUnprovided());
        assertThat(server.subJobs(job).get(0)).startsWith("WAITING");
        assertThat(server.subJobs(job).get(1))
                .startsWith(
                        "FAILED: the desktop is not connected and its agent cannot make a snapshot: start it first");
        assertThat(server.job(job).getJsonArray("sub_jobs").getJsonObject(1).getString("error_code"))
                .isEqualTo(PowerJobs.CONFLICT);
        var untold = await(server.snapshots.listUntold(NODE)).get(0);
        news(untold.id(), online, Phase.FAILED, "there is no tool for it");
        assertThat(server.subJobs(job).get(0)).isEqualTo("FAILED: there is no tool for it");
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
    }

    @Test
    void aSnapshotOfWhichNothingIsHeardEndsAtItsDeadline() {
        UUID one = fixture.desktop(PROJECT, null, "a");
        UUID two = fixture.desktop(PROJECT, null, "b");
        fixture.connect(one, host());
        fixture.connect(two, host());
        String job = begin(PowerOp.CREATE_SNAPSHOT, one, two);
        await(server.provider.passUnprovided());
        await(server.snapshots.listUntold(NODE)).stream()
                .filter(order -> order.desktopId().equals(one))
                .forEach(order -> news(order.id(), one, Phase.TAKEN, ""));
        pass(Duration.ofMinutes(11));
        server.sweep();
        assertThat(server.subJobs(job))
                .containsExactly(
                        "FAILED: the agent began to make the snapshot, and did not say in time what came of it",
                        "FAILED: the agent did not take the order for a snapshot in time");
    }

    /** Its own statements, word for word where it matters: a node of the version before must see none of this. */
    @Test
    void nodesOfTheVersionBeforeLeaveTheseOrdersAlone() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        fixture.connect(desktop, host());
        String job = begin(PowerOp.REBUILD, desktop);
        assertThat(fixture.count(
                        """
                        SELECT count(*) FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
                        WHERE s.end_time IS NULL AND s.action IS NOT NULL AND s.action <> 'START'
                          AND s.accepted_epoch IS NULL AND d.node_id = $1
                        """,
                        NODE))
                .isZero();
        fixture.connect(desktop, machine("machine-1", "boot-2"));
        assertThat(
                        fixture.count(
                                """
                        SELECT count(*) FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
                        WHERE s.end_time IS NULL AND s.action IS NOT NULL
                          AND (d.node_id IS NOT NULL AND d.session_epoch > s.ordered_epoch
                                   AND (s.action = 'START' OR d.boot_id <> s.boot_id)
                               OR d.node_id IS NULL AND s.accepted_epoch IS NOT NULL
                                   AND s.action IN ('STOP', 'HIBERNATE') AND d.last_seen_at < now())
                        """))
                .isZero();
        server.sweep();
        assertThat(end(job)).startsWith("WAITING");
    }

    @Test
    void anAnswerThatComesAfterTheEndIsKeptAndChangesNothing() {
        String job = begin(PowerOp.REBUILD, fixture.desktop(PROJECT, null, "pc"));
        ProviderCall call = claimOne();
        Instant claimed = server.now;
        pass(Duration.ofMinutes(11));
        server.sweep();
        answer(call, Result.FAILED, "late");
        assertThat(end(job)).contains("nobody knows what the provider did");
        assertThat(fixture.count(
                        "SELECT count(*) FROM provider_calls WHERE result = 'failed' AND called_at = $1",
                        claimed.atOffset(ZoneOffset.UTC)))
                .isEqualTo(1);
    }
}
