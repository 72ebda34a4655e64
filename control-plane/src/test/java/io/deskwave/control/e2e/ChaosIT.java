package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.chaos.ChaosRun;
import io.deskwave.control.chaos.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of scripts/chaos. What it finds is a bug, whatever it takes to find it again. */
final class ChaosIT {
    private static final Path AGENT_FOLDER =
            Path.of("..", "desktop-agent").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    @Test
    void nothingIsLostDoubledOrStuckWithOneNode() throws IOException {
        isSound(Options.of(4, Duration.ofSeconds(60), 1, 3, Duration.ofSeconds(4)));
    }

    @Test
    void nothingIsLostDoubledOrStuckWithThreeNodes() throws IOException {
        isSound(Options.of(5, Duration.ofSeconds(45), 3, 3, Duration.ofSeconds(4)));
    }

    private void isSound(Options options) throws IOException {
        ChaosRun.Result result = ChaosRun.in(
                folder.toRealPath(),
                Path.of("target", "control-plane.jar").toAbsolutePath(),
                AGENT_FOLDER.resolve("target/desktop-agent.jar"),
                AGENT_FOLDER.resolve("desktop-agent.options"),
                options,
                false,
                System.out);
        assertThat(result.findings()).isEmpty();
    }
}
