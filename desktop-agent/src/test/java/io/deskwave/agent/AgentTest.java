package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.deskwave.protocol.Step;
import io.deskwave.protocol.Wire;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real agent in this JVM against the fake control plane. */
final class AgentTest {
    @TempDir
    private Path home;

    private final FakeControl control = new FakeControl();
    private final Vertx vertx = Main.vertx();
    private Agent agent = new Agent(vertx, config());

    private Config config() {
        return new Config(
                Path.of("unset"), control.token(), "d1", Config.PowerMode.SIMULATE, Duration.ofMillis(200), null);
    }

    @BeforeEach
    void start() {
        agent = newAgent();
        FakeControl.await(agent.start());
        control.awaitHello(1);
    }

    private Agent newAgent() {
        return new Agent(
                vertx,
                new Config(home, control.token(), "d1", Config.PowerMode.SIMULATE, Duration.ofMillis(200), null));
    }

    @AfterEach
    void stop() {
        FakeControl.await(agent.stop());
        FakeControl.await(vertx.close());
        control.close();
    }

    private Path runs() {
        return home.resolve("runs");
    }

    @Test
    void runsAScriptAndTellsItsOutputAndExitCode() throws Exception {
        AttemptId id = control.run("echo out; echo err >&2; pwd; echo $DESKWAVE_RUN_ID; exit 3");
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.EXITED);
        assertThat(finished.outcome().exitCode()).isEqualTo(3);
        assertThat(finished.outcome().started()).isTrue();
        assertThat(finished.outcome().reason()).isEmpty();
        String out = control.stored(id).text(OutputStreamName.STDOUT);
        assertThat(out).isEqualTo("out\n" + runs().resolve(id.toString()).resolve("work") + "\n" + id + "\n");
        assertThat(control.stored(id).text(OutputStreamName.STDERR)).isEqualTo("err\n");
        assertThat(finished.outcome().stdoutBytes()).isEqualTo(out.length());
        assertThat(finished.outcome().stderrBytes()).isEqualTo(4);
        assertThat(control.count(AgentMessage.Started.class, id)).hasSize(1);
        Eventually.until("the run's folder is gone", () -> !Files.exists(runs().resolve(id.toString())));
    }

    @Test
    void closesStandardInputAndHidesItsOwnEnvironment() {
        AttemptId id = control.run("cat; env | grep ^DESKWAVE_");
        assertThat(control.finished(id).outcome().exitCode()).isZero();
        assertThat(control.stored(id).text(OutputStreamName.STDOUT)).isEqualTo("DESKWAVE_RUN_ID=" + id + "\n");
    }

    @Test
    void keepsEveryByteOfMuchOutput() {
        AttemptId id = control.run("head -c 10000000 /dev/urandom | tee /dev/stderr | cksum >&2", 60, 32_000_000);
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().stderrBytes()).isGreaterThan(10_000_000);
        byte[] err = control.stored(id).of(OutputStreamName.STDERR);
        assertThat((long) err.length).isEqualTo(finished.outcome().stderrBytes());
        assertThat(control.stored(id).cutBytes).isZero();
    }

    @Test
    void keepsInvalidUtf8AndLongLinesWithoutAnEnd() {
        AttemptId id = control.run("printf '\\377\\376x'; head -c 1048576 /dev/zero | tr '\\0' a", 60, 4_000_000);
        AgentMessage.Finished finished = control.finished(id);
        byte[] out = control.stored(id).of(OutputStreamName.STDOUT);
        assertThat(out).hasSize(1048576 + 3).startsWith(0xff, 0xfe, 'x').endsWith('a', 'a');
        assertThat(finished.outcome().stdoutBytes()).isEqualTo(out.length);
    }

    @Test
    void keepsHeadAndTailOfTooMuchOutputAndCountsTheRest() {
        AttemptId id = control.run("i=0; while [ $i -lt 200000 ]; do echo line $i; i=$((i+1)); done", 60, 100_001);
        AgentMessage.Finished finished = control.finished(id);
        String out = control.stored(id).text(OutputStreamName.STDOUT);
        assertThat(out).hasSize(100_001).startsWith("line 0\nline 1\n").endsWith("line 199998\nline 199999\n");
        assertThat(control.stored(id).cutBytes + out.length())
                .isEqualTo(finished.outcome().stdoutBytes());
    }

    @Test
    void keepsTheOrderOfTheTwoStreams() {
        AttemptId id = control.run("echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; echo 3; sleep 0.1; echo 4 >&2");
        assertThat(control.finished(id).outcome().exitCode()).isZero();
        assertThat(control.stored(id).merged.toString()).isEqualTo("1\n2\n3\n4\n");
    }

    @Test
    void doesNotWaitForAnOrphanThatHoldsTheOutput() throws Exception {
        AttemptId id = control.run("sleep 300 & echo $!; exit 7");
        assertThat(control.finished(id).outcome().exitCode()).isEqualTo(7);
        long orphan =
                Long.parseLong(control.stored(id).text(OutputStreamName.STDOUT).strip());
        boolean killed = ProcessHandle.of(orphan).orElseThrow().destroyForcibly(); // left alone, and alive
        assertThat(killed).isTrue();
    }

    @Test
    void tellsASignalsExitCode() {
        AttemptId id = control.run("kill -9 $$");
        assertThat(control.finished(id).outcome().exitCode()).isEqualTo(137);
        assertThat(control.stored(id).text(OutputStreamName.STDERR)).isEmpty();
    }

    @Test
    void refusesAnOrderWithAWrongSignatureOrProof() {
        RunScript other = control.runScript(new AttemptId(UUID.randomUUID(), 1), "echo x", 60, 1000);
        List<UnaryOperator<RunScript>> forgeries = List.of(
                good -> good.signed("AAAA", good.proof()),
                good -> good.signed("no base64!", good.proof()),
                good -> good.signed("", ""),
                good -> good.signed(good.signature(), ""),
                good -> good.signed(good.signature(), "no base64!"),
                good -> good.signed(good.signature(), "AAAA"),
                good -> good.signed(other.signature(), good.proof()),
                good -> good.signed(other.signature(), other.proof()));
        for (UnaryOperator<RunScript> forgery : forgeries) {
            var id = new AttemptId(UUID.randomUUID(), 1);
            control.send(forgery.apply(control.runScript(id, "echo x", 60, 1000)));
            AgentMessage.Finished finished = control.finished(id);
            assertThat(finished.outcome().code()).isEqualTo(ResultCode.START_FAILED);
            assertThat(finished.outcome().started()).isFalse();
            assertThat(finished.outcome().reason()).contains("not signed");
        }
    }

    @Test
    void saysWhichInterpreterIsMissing() {
        AttemptId id = control.run("#!/opt/none/perl\n1;");
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.START_FAILED);
        assertThat(finished.outcome().reason()).contains("/opt/none/perl");
    }

    @Test
    void answersARedeliveredAttemptFromTheJournal() throws Exception {
        control.ackOutcome = false;
        Path counter = home.resolve("counter");
        var id = new AttemptId(UUID.randomUUID(), 2);
        var order = control.runScript(id, "echo x >> " + counter, 60, 1000);
        control.send(order);
        control.send(order);
        assertThat(control.finished(id)).isNotNull();
        control.send(order);
        Eventually.until(
                "a second answer",
                () -> control.count(AgentMessage.Finished.class, id).size() >= 2);
        control.send(control.runScript(new AttemptId(id.recordId(), 1), "echo older >> " + counter, 60, 1000));
        AttemptId last = control.run("true");
        assertThat(control.finished(last)).isNotNull();
        assertThat(Files.readString(counter)).isEqualTo("x\n");
        assertThat(control.count(AgentMessage.Started.class, id)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void endsTheWholeTreeWhenTheTimeIsUp() {
        AttemptId id = control.run("sleep 301 & setsid sleep 302 & wait", 1, 1000);
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.TIMED_OUT);
        assertThat(finished.outcome().reason()).startsWith("ended after 1 s: 3 processes ended (");
        assertThat(finished.outcome().endedProcesses()).hasSize(3).anyMatch(p -> p.endsWith(" sleep"));
        assertThat(finished.outcome().survivors()).isEmpty();
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void stopsARunningScript() {
        AttemptId id = control.run("sleep 303");
        assertThat(control.started(id)).isNotNull();
        control.send(new ServerMessage.StopScript(id.recordId(), id.attempt()));
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.STOPPED);
        assertThat(finished.outcome().started()).isTrue();
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void answersAStopOfAnUnknownAttemptAndNeverStartsItAfterwards() throws Exception {
        control.ackOutcome = false;
        var id = new AttemptId(UUID.randomUUID(), 1);
        control.send(new ServerMessage.StopScript(id.recordId(), id.attempt()));
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.STOPPED);
        assertThat(finished.outcome().started()).isFalse();
        Path proof = home.resolve("proof");
        control.send(control.runScript(id, "touch " + proof, 60, 1000));
        Eventually.until(
                "the same answer",
                () -> control.count(AgentMessage.Finished.class, id).size() == 2);
        assertThat(proof).doesNotExist();
    }

    @Test
    void goesOnWithTheOutputWhereTheControlPlaneHasIt() {
        AttemptId id =
                control.run("i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); sleep 0.005; done", 60, 1_000_000);
        Eventually.until("some output", () -> control.stored(id).nextSeq > 5);
        control.ackOutput = false; // what is sent now is lost
        Eventually.until(
                "lost output",
                () -> control.heard.stream()
                                .filter(AgentMessage.Output.class::isInstance)
                                .count()
                        > control.stored(id).nextSeq + 3);
        control.dropSession();
        control.ackOutput = true;
        control.awaitHello(2);
        assertThat(control.finished(id).outcome().exitCode()).isZero();
        String out = control.stored(id).text(OutputStreamName.STDOUT);
        assertThat(out.lines()).hasSize(300).startsWith("line 0").endsWith("line 299");
        assertThat(control.hellos.get(1).held()).singleElement().satisfies(held -> {
            assertThat(held.recordId()).isEqualTo(id.recordId());
            assertThat(held.startedAt()).isNotNull();
            assertThat(held.finished()).isFalse();
        });
    }

    @Test
    void keepsAnOutcomeUntilItIsAcked() {
        control.ackOutcome = false;
        AttemptId id = control.run("echo x");
        assertThat(control.finished(id)).isNotNull();
        control.ackOutcome = true;
        control.dropSession();
        control.awaitHello(2);
        assertThat(control.hellos.get(1).held()).singleElement().matches(AgentMessage.Held::finished);
        Eventually.until(
                "told again",
                () -> control.count(AgentMessage.Finished.class, id).size() == 2);
        Eventually.until("forgotten", () -> !Files.exists(runs().resolve(id.toString())));
    }

    @Test
    void forgetsWhatNobodyWaitsFor() {
        AttemptId id = control.run("sleep 304");
        assertThat(control.started(id)).isNotNull();
        control.verdict = held -> ServerMessage.Verdict.Action.FORGET;
        control.dropSession();
        control.awaitHello(2);
        Eventually.until("it is gone", () -> !Files.exists(runs().resolve(id.toString())));
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
        assertThat(control.find(AgentMessage.Finished.class, id)).isEmpty();
    }

    @Test
    void stopsWhatTheVerdictStops() {
        AttemptId id = control.run("sleep 305");
        assertThat(control.started(id)).isNotNull();
        control.verdict = held -> ServerMessage.Verdict.Action.STOP;
        control.dropSession();
        assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.STOPPED);
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void comesBackWhenABusyControlPlaneSaid() {
        control.refuseNext(FakeControl.refusal(Refusal.Reason.BUSY, 700L));
        control.dropSession();
        control.awaitHello(2);
        List<Instant> tries = control.attemptsToConnect;
        assertThat(tries).hasSize(3);
        assertThat(Duration.between(tries.get(1), tries.get(2)).toMillis()).isBetween(650L, 3000L);
    }

    @Test
    void comesBackAfterAnAnswerThatIsNotTheControlPlanes() {
        control.foreignAnswers.add("{\"message\":\"no healthy upstream\"}");
        control.foreignAnswers.add("{\"reason\":\"CLOCK\",\"message\":\"no time told\"}");
        control.dropSession();
        control.awaitHello(2);
        assertThat(control.attemptsToConnect).hasSize(4);
    }

    @Test
    void takesTheControlPlanesTimeWhenItsOwnIsRefused() {
        control.refuseNext(FakeControl.refusal(Refusal.Reason.CLOCK, null));
        control.dropSession();
        control.awaitHello(2);
        List<Instant> tries = control.attemptsToConnect;
        assertThat(Duration.between(tries.get(1), tries.get(2)).toMillis()).isLessThan(1000L);
    }

    @Test
    void leavesWhenItIsSentAway() {
        control.send(new ServerMessage.GoAway("drain", 300));
        control.awaitHello(2);
        assertThat(Duration.between(control.attemptsToConnect.get(0), control.attemptsToConnect.get(1))
                        .toMillis())
                .isGreaterThan(250);
    }

    @Test
    void actsAPowerStepOnceAndComesBackWithAnotherBootId() {
        String before = control.hellos.get(0).host().bootId();
        ServerMessage.PowerStep step = control.powerStep(Step.PRE_START, PowerAction.REBOOT, before);
        ServerMessage.PowerStep forged =
                control.powerStep(Step.PRE_START, PowerAction.REBOOT, before).signed("");
        control.send(forged);
        Eventually.until(
                "refused",
                () -> control.count(AgentMessage.PowerAccepted.class, new AttemptId(forged.recordId(), 1)).stream()
                        .anyMatch(answer -> answer.error() != null));
        var unsigned = (ServerMessage.PowerStep) Wire.decodeServerMessage(Wire.encode(forged.signed(""))
                .replace("\"" + forged.desktopId() + "\"", "null")
                .replace(forged.recordId().toString(), UUID.randomUUID().toString()));
        control.send(unsigned);
        Eventually.until(
                "a step of an older control plane refused",
                () -> control.count(AgentMessage.PowerAccepted.class, new AttemptId(unsigned.recordId(), 1)).stream()
                        .anyMatch(answer -> answer.error() != null));
        var id = new AttemptId(step.recordId(), 1);
        control.send(step);
        Eventually.until(
                "accepted",
                () -> control.count(AgentMessage.PowerAccepted.class, id).size() == 1);
        control.awaitHello(2);
        String after = control.hellos.get(1).host().bootId();
        assertThat(after).isNotEqualTo(before);
        control.send(step);
        Eventually.until(
                "answered again",
                () -> control.count(AgentMessage.PowerAccepted.class, id).size() == 2);
        assertThat(control.count(AgentMessage.PowerAccepted.class, id)).allMatch(a -> a.error() == null);
        AttemptId run = control.run("true");
        assertThat(control.finished(run).outcome().exitCode()).isZero();
        assertThat(control.hellos).hasSize(2);
    }

    @Test
    void actsAPowerOrderOnceHoweverOftenItIsTold() {
        ServerMessage.PowerOrder order = control.powerOrder(PowerAction.HIBERNATE, Instant.now());
        control.send(order);
        control.awaitHello(2);
        assertThat(control.hellos.get(1).host().bootId())
                .as("a hibernated machine goes on in the same boot")
                .isEqualTo(order.bootId());
        control.send(order);
        Eventually.until("answered again", () -> control.taken(order).size() == 2);
        assertThat(control.taken(order)).allMatch(taken -> taken.error() == null);
        AttemptId run = control.run("true");
        assertThat(control.finished(run).outcome().exitCode()).isZero();
        assertThat(control.hellos).hasSize(2);
    }

    @Test
    void refusesAPowerOrderThatIsNotSignedOrTooOldOrExpired() {
        Instant now = Instant.now();
        ServerMessage.PowerOrder forged =
                control.powerOrder(PowerAction.STOP, now).signed("");
        ServerMessage.PowerOrder stop = control.powerOrder(PowerAction.STOP, now);
        var changed = new ServerMessage.PowerOrder(
                stop.desktopId(),
                stop.orderId(),
                PowerAction.REBOOT,
                true,
                stop.bootId(),
                now,
                stop.expiresAt(),
                stop.signature());
        ServerMessage.PowerOrder expired = control.powerOrder(PowerAction.STOP, now.minusSeconds(300), now);
        var prolonged = new ServerMessage.PowerOrder(
                expired.desktopId(),
                expired.orderId(),
                expired.action(),
                false,
                expired.bootId(),
                expired.issuedAt(),
                now.plusSeconds(300),
                expired.signature());
        ServerMessage.PowerOrder old = control.powerOrder(PowerAction.STOP, now.minus(Duration.ofDays(2)));
        for (ServerMessage.PowerOrder order : List.of(forged, changed, old, expired)) {
            control.send(order);
            Eventually.until("answered", () -> control.taken(order).size() == 1);
            assertThat(control.taken(order).get(0).error()).isNotBlank();
        }
        assertThat(control.taken(expired).get(0).error()).contains("expired");
        control.send(prolonged);
        Eventually.until("answered", () -> control.taken(prolonged).size() == 2);
        assertThat(control.taken(prolonged).get(1).error()).contains("not signed");
        AttemptId run = control.run("true");
        assertThat(control.finished(run).outcome().exitCode()).isZero();
        assertThat(control.hellos).hasSize(1);
    }

    @Test
    void makesASnapshotOnceHoweverOftenItIsTold() throws Exception {
        assertThat(control.hellos.get(0).abilities()).contains(Protocol.SNAPSHOTS);
        Instant now = Instant.now();
        ServerMessage.SnapshotOrder order = control.snapshotOrder(now, now.plusSeconds(60));
        control.send(order);
        Eventually.until("made", () -> control.news(order).size() == 2);
        assertThat(control.news(order))
                .extracting(AgentMessage.SnapshotNews::phase)
                .containsExactly(Phase.TAKEN, Phase.DONE);
        Path note = home.resolve("simulated-snapshot.json");
        String noted = Files.readString(note);
        String text = control.news(order).get(1).text();
        assertThat(text).startsWith("simulated snapshot deskwave-");
        assertThat(noted).contains(text.substring("simulated snapshot ".length()));
        control.send(order);
        Eventually.until("answered again", () -> control.news(order).size() == 3);
        assertThat(control.news(order).get(2)).isEqualTo(control.news(order).get(1));
        FakeControl.await(agent.stop());
        agent = newAgent();
        FakeControl.await(agent.start());
        control.awaitHello(2);
        control.send(order);
        Eventually.until("answered after a restart", () -> control.news(order).size() == 4);
        assertThat(control.news(order).get(3)).isEqualTo(control.news(order).get(1));
        assertThat(Files.readString(note)).isEqualTo(noted);
    }

    @Test
    void refusesASnapshotOrderThatIsNotSignedOrTooOldOrExpired() {
        Instant now = Instant.now();
        ServerMessage.SnapshotOrder good = control.snapshotOrder(now, now.plusSeconds(60));
        var prolonged = new ServerMessage.SnapshotOrder(
                good.desktopId(), UUID.randomUUID(), now, now.plusSeconds(3600), good.signature());
        ServerMessage.SnapshotOrder old = control.snapshotOrder(now.minus(Duration.ofDays(2)), now.plusSeconds(60));
        ServerMessage.SnapshotOrder expired = control.snapshotOrder(now.minusSeconds(60), now.minusSeconds(1));
        for (ServerMessage.SnapshotOrder order : List.of(prolonged, old, expired)) {
            control.send(order);
            Eventually.until("answered", () -> control.news(order).size() == 1);
            assertThat(control.news(order).get(0).phase()).isEqualTo(Phase.FAILED);
        }
        assertThat(control.news(prolonged).get(0).text()).contains("not signed");
        assertThat(control.news(old).get(0).text()).contains("older than");
        assertThat(control.news(expired).get(0).text()).contains("expired");
        assertThat(home.resolve("simulated-snapshot.json")).doesNotExist();
    }

    @Test
    void endsForGoodWhenItsIdentityIsRevoked() {
        control.refuseNext(FakeControl.refusal(Refusal.Reason.REVOKED, null));
        control.dropSession();
        Eventually.until("the agent ended", () -> agent.ended().failed());
        assertThat(agent.ended().cause()).isInstanceOf(RefusedException.class).hasMessageContaining("REVOKED");
    }

    @Test
    void tellsItsHostInFull() {
        HostInfo host = Eventually.get("its host in full", Duration.ofSeconds(30), () -> control.host()
                .filter(info -> info.memoryBytes() > 0));
        assertThat(host.interfaces()).isNotEmpty().noneMatch(each -> each.name().equals("lo"));
        assertThat(host.machineId()).isEqualTo(control.hellos.get(0).host().machineId());
        assertThat(host.bootId()).isEqualTo(control.hellos.get(0).host().bootId());
        assertThat(host.cpu().logicalCores()).isPositive();
    }

    @Test
    void keepsTheSpoolSmallWhileAScriptWritesMuch() throws Exception {
        Path go = home.resolve("go");
        AttemptId id = control.run(
                "head -c 150000000 /dev/zero | tr '\\0' a; while [ ! -e " + go + " ]; do sleep 0.05; done; printf end",
                60,
                1_000_000);
        Path out = runs().resolve(id.toString()).resolve("out");
        Eventually.until("much was written", () -> Files.exists(out) && Files.size(out) == 150_000_000);
        Eventually.until("the disk got it back", () -> OutputSpoolTest.diskUse(out) < 8_000_000);
        Files.createFile(go);
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().stdoutBytes()).isEqualTo(150_000_003);
        assertThat(control.stored(id).text(OutputStreamName.STDOUT))
                .hasSize(1_000_000)
                .endsWith("aaend")
                .doesNotContain("\0");
    }

    @Test
    void keepsTheSpoolSmallWhileTheControlPlaneIsAway() throws Exception {
        AttemptId id =
                control.run("sleep 0.3; head -c 60000000 /dev/zero | tr '\\0' a; sleep 1; printf end", 60, 1_000_000);
        assertThat(control.started(id)).isNotNull();
        for (int i = 0; i < 10; i++) {
            control.refuseNext(FakeControl.refusal(Refusal.Reason.BUSY, 400L));
        }
        control.dropSession();
        Path out = runs().resolve(id.toString()).resolve("out");
        Eventually.until("all was written", () -> Files.size(out) >= 60_000_000);
        Eventually.until("the disk got it back", () -> OutputSpoolTest.diskUse(out) < 16_000_000);
        assertThat(control.finished(id).outcome().stdoutBytes()).isEqualTo(60_000_003);
        assertThat(control.stored(id).text(OutputStreamName.STDOUT))
                .hasSize(1_000_000)
                .endsWith("aaend")
                .doesNotContain("\0");
    }

    @Test
    void endsForGoodOnlyAfterTheScriptThatRuns() {
        AttemptId id = control.run("sleep 7356", 2, 1000);
        assertThat(control.started(id)).isNotNull();
        control.refuseNext(FakeControl.refusal(Refusal.Reason.REVOKED, null));
        control.dropSession();
        Eventually.until("the agent ended", () -> agent.ended().failed());
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void keepsTheTimeLimitOfAScriptThatRemovesItsFolder() {
        AttemptId id = control.run("rm -rf ../../$DESKWAVE_RUN_ID; exec sleep 7357", 1, 1000);
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.TIMED_OUT);
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void stopsAScriptThatForgesItsExit() {
        AttemptId id = control.run("rm ../exit.tmp; mkdir ../exit.3; touch ../exit.x; sleep 7358", 60, 1000);
        assertThat(control.started(id)).isNotNull();
        control.send(new ServerMessage.StopScript(id.recordId(), id.attempt()));
        assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.STOPPED);
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void leavesNothingRunningOfWhatIsForgottenDuringItsStart() {
        var ids = new HashSet<String>();
        for (int i = 0; i < 20; i++) {
            var id = new AttemptId(UUID.randomUUID(), 1);
            ids.add(id.toString());
            control.send(control.runScript(id, "sleep 7359", 60, 1000));
            control.send(new ServerMessage.OutcomeStored(id.recordId(), id.attempt()));
            AttemptId next = control.run("true");
            assertThat(control.finished(next).outcome().exitCode()).isZero();
        }
        Eventually.until("nothing is left", () -> {
            try (var left = Files.list(runs())) {
                return left.findAny().isEmpty();
            }
        });
        assertThat(ProcessTree.markedAlive()).doesNotContainAnyElementsOf(ids);
    }

    @Test
    void endsForGoodWithAnAttemptThatWaitsForItsStart() throws Exception {
        FakeControl.await(agent.stop());
        var order = new JournalEntry.Order(ScriptType.SHELL, 60, 1000);
        var id = new AttemptId(UUID.randomUUID(), 1);
        new Journal(runs())
                .create(JournalEntry.accepted(id, Instant.now(), Boot.real().id(), order), "true");
        control.refuseNext(FakeControl.refusal(Refusal.Reason.REVOKED, null));
        agent = newAgent();
        FakeControl.await(agent.start());
        Eventually.until("the agent ended", () -> agent.ended().failed());
        assertThat(new Journal(runs()).load().entries()).singleElement().satisfies(entry -> assertThat(entry.outcome())
                .isNotNull());
    }

    @Test
    void tellsInterruptedOfWhatItCannotReadAndEndsIt() throws Exception {
        AttemptId id = control.run("sleep 7360");
        assertThat(control.started(id)).isNotNull();
        FakeControl.await(agent.stop());
        Files.writeString(runs().resolve(id.toString()).resolve("meta.json"), "{}");
        agent = newAgent();
        FakeControl.await(agent.start());
        assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.INTERRUPTED);
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
        Eventually.until("forgotten", () -> !Files.exists(runs().resolve(id.toString())));
    }

    @Test
    void keepsTheDiskFromWhatAScriptLeftInTheBackground() throws Exception {
        AttemptId id = control.run("(while :; do head -c 100000 /dev/zero; sleep 0.01; done) & echo $!");
        assertThat(control.finished(id).outcome().exitCode()).isZero();
        Path out = runs().resolve(id + ".gone").resolve("out");
        try {
            Eventually.until("it writes on", () -> Files.exists(out) && Files.size(out) > 1_000_000);
            Eventually.until("it was made small", () -> Files.size(out) < 1_000_000);
        } finally {
            var birth = new JournalEntry.Birth(Instant.now(), 0, 0);
            assertThat(ProcessTree.end(id, birth, Duration.ZERO).survivors()).isEmpty();
        }
        Eventually.until("it is gone", () -> !Files.exists(out));
    }

    @Test
    void runsManyScriptsOneAfterTheOther() {
        List<AttemptId> ids = IntStream.range(0, 30)
                .mapToObj(i -> control.run("echo " + i + "; exit " + i))
                .toList();
        for (int i = 0; i < ids.size(); i++) {
            assertThat(control.finished(ids.get(i)).outcome().exitCode()).isEqualTo(i);
            assertThat(control.stored(ids.get(i)).text(OutputStreamName.STDOUT)).isEqualTo(i + "\n");
        }
        Eventually.until("the spool is empty", () -> {
            try (var left = Files.list(runs())) {
                return left.findAny().isEmpty();
            }
        });
    }
}
