package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.protocol.Enrollment.Token;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigTest {
    private static final Token TOKEN = new Token("https://fleet.example:8443", "very secret", "ab12");

    @Test
    void defaults() {
        Config config = Config.parse(List.of("run", "--home", "/tmp/x"), Map.of());
        assertThat(config)
                .isEqualTo(new Config(Path.of("/tmp/x"), null, "", Config.PowerMode.REAL, Duration.ofSeconds(3), null));
    }

    @Test
    void readsEveryFlag() {
        Config config = Config.parse(
                List.of(
                        "run",
                        "--home=/tmp/x",
                        "--enrollment-token",
                        TOKEN.encode(),
                        "--name",
                        "d1",
                        "--power",
                        "simulate",
                        "--simulate-power-seconds",
                        "1",
                        "--endpoint",
                        "http://h:1/p/"),
                Map.of());
        assertThat(config)
                .isEqualTo(new Config(
                        Path.of("/tmp/x"),
                        TOKEN,
                        "d1",
                        Config.PowerMode.SIMULATE,
                        Duration.ofSeconds(1),
                        "http://h:1/p"));
    }

    @Test
    void readsTheEnvironmentAndLetsFlagsWin() {
        Config config = Config.parse(
                List.of("run", "--name", "flag"),
                Map.of(
                        "DESKWAVE_HOME", "/tmp/y",
                        "DESKWAVE_NAME", "environment",
                        "DESKWAVE_ENROLLMENT_TOKEN", TOKEN.encode(),
                        "DESKWAVE_POWER", "simulate"));
        assertThat(config)
                .isEqualTo(new Config(
                        Path.of("/tmp/y"), TOKEN, "flag", Config.PowerMode.SIMULATE, Duration.ofSeconds(3), null));
    }

    @Test
    void readsTheTokenFromAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), TOKEN.encode() + "\n");
        Config config =
                Config.parse(List.of("run", "--home", "/tmp/x", "--enrollment-token-file", file.toString()), Map.of());
        assertThat(config.token()).isEqualTo(TOKEN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | use: desktop-agent run",
                "walk | use: desktop-agent run",
                "run | --home",
                "run --home /tmp/x --nmae d1 | unknown argument --nmae",
                "run --home | --home needs a value",
                "run --home /tmp/x --power maybe | --power is real or simulate",
                "run --home /tmp/x --simulate-power-seconds x | --simulate-power-seconds is a number",
                "run --home /tmp/x --endpoint ftp://x | the endpoint is a URL such as",
                "run --home /tmp/x --enrollment-token %%% | not an enrollment token",
                "run --home /tmp/x --enrollment-token-file /none | cannot read the enrollment token file",
            })
    void saysInOneSentenceWhatIsWrong(String line, String sentence) {
        List<String> args = line.isEmpty() ? List.of() : Arrays.asList(line.split(" ", -1));
        assertThatThrownBy(() -> Config.parse(args, Map.of()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(sentence)
                .hasMessageNotContaining("\n");
    }

    @Test
    void neverShowsTheToken() {
        Config config =
                Config.parse(List.of("run", "--home", "/tmp/x", "--enrollment-token", TOKEN.encode()), Map.of());
        assertThat(config.toString()).doesNotContain("very secret").doesNotContain(TOKEN.encode());
    }
}
