package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real agent with a control plane that takes nothing, or gives too much. In memory where there is such a disk. */
final class BoundsTest {
    private final FakeControl control = new FakeControl();
    private final Vertx vertx = Main.vertx();
    private Path home = Path.of("unset");
    private Agent agent = new Agent(vertx, config());

    private Config config() {
        return new Config(home, control.token(), "d1", Config.PowerMode.SIMULATE, Duration.ofMillis(200), null);
    }

    @BeforeEach
    void start() throws IOException {
        Path memory = Path.of("/dev/shm");
        home = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "deskwave-test-")
                : Files.createTempDirectory("deskwave-test-");
        agent = new Agent(vertx, config());
        FakeControl.await(agent.start());
        control.awaitHello(1);
    }

    @AfterEach
    void stop() throws IOException {
        FakeControl.await(agent.stop());
        FakeControl.await(vertx.close());
        control.close();
        FolderRemoval.remove(home);
    }

    private long folders() throws IOException {
        try (var entries = Files.list(home.resolve("runs"))) {
            return entries.filter(each -> !each.toString().endsWith(".gone")).count();
        }
    }

    @Test
    void keepsSoManyOutcomesAndTellsHowManyItGaveUp() throws Exception {
        control.ackOutcome = false;
        int tooMany = 25;
        var last = new AttemptId(UUID.randomUUID(), 1);
        for (int i = 0; i < SpoolBounds.MAX_ENTRIES + tooMany - 1; i++) {
            control.send(new ServerMessage.StopScript(UUID.randomUUID(), 1));
        }
        control.send(new ServerMessage.StopScript(last.recordId(), last.attempt()));
        Eventually.until(
                "all have ended and the oldest are gone",
                Duration.ofSeconds(60),
                () -> control.find(AgentMessage.Finished.class, last).isPresent()
                        && folders() == SpoolBounds.MAX_ENTRIES);

        control.dropSession();
        control.awaitHello(2);

        assertThat(control.hellos.get(1).held()).hasSize(SpoolBounds.MAX_ENTRIES);
        AttemptId next = control.run("true");
        assertThat(control.finished(next).outcome().exitCode()).isZero();
        assertThat(givenUp()).isGreaterThanOrEqualTo(tooMany);
        control.ackOutcome = true;
        control.dropSession();
        Eventually.until("all are told and forgotten", Duration.ofSeconds(60), () -> folders() == 0);
    }

    /** As the reasons of the outcomes tell it. */
    private int givenUp() {
        return control.heard.stream()
                .filter(AgentMessage.Finished.class::isInstance)
                .map(message -> ((AgentMessage.Finished) message).outcome().reason())
                .filter(reason -> reason.contains("the agent gave up "))
                .mapToInt(reason -> Integer.parseInt(reason.replaceFirst(".*the agent gave up (\\d+) outcome.*", "$1")))
                .sum();
    }

    @Test
    void runsOnlySoManyScriptsAtOnce() {
        var ids = new ArrayList<AttemptId>();
        for (int i = 0; i < ScriptRunner.MOST_AT_ONCE + 3; i++) {
            ids.add(control.run("while [ ! -e " + home + "/go ]; do sleep 0.3; done"));
        }
        List<AttemptId> refused = ids.subList(ScriptRunner.MOST_AT_ONCE, ids.size());
        for (AttemptId id : refused) {
            assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.START_FAILED);
            assertThat(control.finished(id).outcome().reason()).contains("64 scripts that have not ended");
            assertThat(control.count(AgentMessage.Started.class, id)).isEmpty();
        }
        assertThat(home.resolve("go").toFile().mkdir()).isTrue();
        for (AttemptId id : ids.subList(0, ScriptRunner.MOST_AT_ONCE)) {
            assertThat(control.finished(id).outcome().exitCode()).isZero();
        }
        assertThat(control.finished(control.run("true")).outcome().exitCode()).isZero();
    }

    @Test
    void removesAHundredAndFiftyThousandFilesThatAScriptLeftAndWorksMeanwhile() {
        AttemptId many = control.run("seq 150000 | xargs touch; ls | wc -l");
        assertThat(control.finished(many).outcome().exitCode()).isZero();
        assertThat(control.finished(control.run("true")).outcome().exitCode()).isZero();
        Eventually.until("all of it is gone", Duration.ofSeconds(60), () -> {
            try (var entries = Files.list(home.resolve("runs"))) {
                return entries.findAny().isEmpty();
            }
        });
    }

    /** A day without a control plane is 1,440 looks; after seven days what waits is given up, and that is told. */
    @Test
    void keepsWhatWaitsForDaysAndTellsWhatItGaveUpAfterThem() throws Exception {
        Path runs = Files.createDirectory(home.resolve("alone"));
        var sent = new CopyOnWriteArrayList<AgentMessage.Finished>();
        var runner = new ScriptRunner(vertx, new Journal(runs), new Deaf(sent), "boot");
        Context loop = vertx.getOrCreateContext();
        stop(loop, runner);
        Eventually.until("it ended", () -> sent.size() == 1);

        for (int minute = 0; minute < 24 * 60; minute++) {
            loop.runOnContext(now -> runner.sweep());
        }
        on(loop, () -> assertThat(runner.held()).hasSize(1));
        assertThat(runs).isNotEmptyDirectory();
        on(loop, () -> runner.sweep(Duration.ZERO));

        Eventually.until("it is gone", () -> {
            try (var entries = Files.list(runs)) {
                return entries.findAny().isEmpty();
            }
        });
        stop(loop, runner);
        Eventually.until("the next ended", () -> sent.size() == 2);
        stop(loop, runner);
        Eventually.until("and the one after it", () -> sent.size() == 3);
        assertThat(sent)
                .extracting(finished -> finished.outcome().reason())
                .containsExactly(
                        "stopped before it started",
                        "stopped before it started (before this the agent gave up 1 outcome that the control plane did"
                                + " not take)",
                        "stopped before it started");
        FakeControl.await(runner.close());
    }

    /** The outcome that told of it was given up as well: the next one tells of both. */
    @Test
    void tellsAgainWhatAnOutcomeToldThatWasGivenUpItself() throws Exception {
        Path runs = Files.createDirectory(home.resolve("alone"));
        var sent = new CopyOnWriteArrayList<AgentMessage.Finished>();
        var runner = new ScriptRunner(vertx, new Journal(runs), new Deaf(sent), "boot");
        Context loop = vertx.getOrCreateContext();
        for (int i = 1; i <= 3; i++) {
            int ended = i;
            stop(loop, runner);
            Eventually.until("it ended", () -> sent.size() == ended);
            on(loop, () -> runner.sweep(Duration.ZERO));
        }
        stop(loop, runner);
        Eventually.until("the last ended", () -> sent.size() == 4);
        assertThat(sent.get(3).outcome().reason()).contains("the agent gave up 3 outcomes ");

        AgentMessage.Finished told = sent.get(3);
        on(loop, () -> runner.outcomeStored(new ServerMessage.OutcomeStored(told.recordId(), told.attempt())));
        stop(loop, runner);
        Eventually.until("and one more", () -> sent.size() == 5);
        assertThat(sent.get(4).outcome().reason()).isEqualTo("stopped before it started");
        FakeControl.await(runner.close());
    }

    private static void stop(Context loop, ScriptRunner runner) {
        on(loop, () -> runner.stop(new ServerMessage.StopScript(UUID.randomUUID(), 1)));
    }

    private static void on(Context loop, Runnable work) {
        Promise<Void> done = Promise.promise();
        loop.runOnContext(now -> {
            try {
                work.run();
                done.complete();
            } catch (AssertionError | RuntimeException e) {
                done.fail(e);
            }
        });
        FakeControl.await(done.future());
    }

    private record Deaf(List<AgentMessage.Finished> sent) implements Outbox {
        @Override
        public boolean send(AgentMessage message) {
            return message instanceof AgentMessage.Finished finished && sent.add(finished);
        }

        @Override
        public boolean isFull() {
            return false;
        }
    }
}
