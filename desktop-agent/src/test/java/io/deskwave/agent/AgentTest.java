package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
}
