package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OptionsTest {
    @Test
    void hasDefaults() {
        assertThat(Options.parse(List.of()))
                .isEqualTo(new Options(1, Duration.ofMinutes(5), 1, 6, Duration.ofSeconds(8), null));
    }

    @Test
    void takesEveryOption() {
        assertThat(Options.parse(List.of(
                        "--seed",
                        "-7",
                        "--minutes",
                        "20",
                        "--nodes",
                        "3",
                        "--agents",
                        "9",
                        "--faults-every",
                        "2",
                        "--report",
                        "/tmp/report")))
                .isEqualTo(
                        new Options(-7, Duration.ofMinutes(20), 3, 9, Duration.ofSeconds(2), Path.of("/tmp/report")));
    }

    @Test
    void saysWhatToSendInstead() {
        assertThatThrownBy(() -> Options.parse(List.of("--sed", "7"))).hasMessageContaining("there is no option --sed");
        assertThatThrownBy(() -> Options.parse(List.of("--seed"))).hasMessageContaining("needs a value");
        assertThatThrownBy(() -> Options.parse(List.of("--agents", "0"))).hasMessageContaining("from 1 to 40, not 0");
        assertThatThrownBy(() -> Options.parse(List.of("--seed", "x"))).hasMessageContaining("a whole number, not x");
    }
}
