package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PayloadTest {
    @TempDir
    private Path folder;

    @Test
    void printsExactlyWhatIsExpectedOfIt() throws IOException, InterruptedException {
        var payload = new Payload(0, 7, 3, 5, 9);
        Path acts = folder.resolve("acts");
        var builder = new ProcessBuilder("/bin/sh", "-c", payload.script(acts))
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("DESKWAVE_RUN_ID", "some-run-1");
        builder.environment().put("CHAOS_DESK", "desk-1");
        assertThat(builder.start().waitFor()).isEqualTo(9);
        assertThat(Files.readAllBytes(folder.resolve("out"))).isEqualTo(payload.output("some-run-1", "stdout"));
        assertThat(Files.readAllBytes(folder.resolve("err"))).isEqualTo(payload.output("some-run-1", "stderr"));
        assertThat(Files.readAllLines(acts)).containsExactly("S some-run-1 desk-1", "E some-run-1 desk-1");
        assertThat(Payload.parse(payload.script(acts))).isEqualTo(payload);
    }
}
