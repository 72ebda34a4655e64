package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real agent whose home is a disk that fills up; needs the right to mount one. */
final class FullDiskTest {
    @TempDir
    private Path folder;

    private final FakeControl control = new FakeControl();
    private final Vertx vertx = Main.vertx();
    private boolean mounted;
    private @Nullable Agent agent;

    private Path home() {
        return folder.resolve("home");
    }

    @BeforeEach
    void start() throws Exception {
        Files.createDirectory(home());
        mounted = run("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "deskwave-test", home().toString());
        assumeTrue(mounted, "this user may mount no file system");
        startAgent();
        control.awaitHello(1);
    }

    @AfterEach
    void stop() throws Exception {
        stopAgent();
        FakeControl.await(vertx.close());
        control.close();
        if (mounted) {
            assertThat(run("umount", "-l", home().toString())).isTrue();
        }
    }

    private void startAgent() {
        agent = new Agent(
                vertx,
                new Config(home(), control.token(), "d1", Config.PowerMode.SIMULATE, Duration.ofMillis(200), null));
        FakeControl.await(agent.start());
    }

    private void stopAgent() {
        if (agent != null) {
            FakeControl.await(agent.stop());
            agent = null;
        }
    }

    @Test
    void whatCannotBeWrittenDownIsNotStartedAndSaysSo() throws Exception {
        Path ballast = fill();
        AttemptId id = control.run("echo ran >> " + marker());

        AgentMessage.Finished finished = control.finished(id);

        assertThat(finished.outcome().code()).isEqualTo(ResultCode.START_FAILED);
        assertThat(finished.outcome().started()).isFalse();
        assertThat(finished.outcome().reason()).contains("not started").contains("make room");
        assertThat(control.count(AgentMessage.Started.class, id)).isEmpty();
        assertThat(marker()).doesNotExist();

        Files.delete(ballast);
        AttemptId next = control.run("echo ran >> " + marker());
        assertThat(control.finished(next).outcome().exitCode()).isZero();
        assertThat(marker()).hasContent("ran\n");
    }

    @Test
    void theOutcomeOfWhatRanWhenTheDiskFilledIsToldOnceByTheNextAgentToo() throws Exception {
        Path go = folder.resolve("go");
        AttemptId id = control.run(
                "while [ ! -e " + go + " ]; do sleep 0.05; done; echo ran >> " + marker() + "; echo out; exit 5");
        assertThat(control.started(id)).isNotNull();
        Path ballast = fill();
        stopAgent();
        Files.createFile(go);
        Eventually.until("it ran", () -> Files.exists(marker()) && Files.size(marker()) == 4);

        startAgent();

        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.EXITED);
        assertThat(finished.outcome().exitCode()).isEqualTo(5);
        control.send(control.runScript(id, "echo again >> " + marker(), 60, Protocol.DEFAULT_OUTPUT_LIMIT_BYTES));
        Eventually.until("its folder goes", () -> !Files.exists(home().resolve("runs/" + id)));
        Files.delete(ballast);
        AttemptId next = control.run("true");
        assertThat(control.finished(next).outcome().exitCode()).isZero();
        assertThat(marker()).hasContent("ran\n");
    }

    private Path marker() {
        return folder.resolve("marker");
    }

    private Path fill() throws IOException {
        Path ballast = home().resolve("ballast");
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            return ballast;
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
