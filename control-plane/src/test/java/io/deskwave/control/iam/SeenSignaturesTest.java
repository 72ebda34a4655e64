package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SeenSignaturesTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private final SeenSignatures seen = new SeenSignatures(3);

    private void assertRefused(String signature, String address, Instant at) {
        assertThatThrownBy(() -> seen.use(signature, address, at))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("was taken already at 2026-11-21T12:00:00Z");
    }

    @Test
    void theSenderMayRepeatAtTheSameMoment() {
        seen.use("a", "10.0.0.1", NOW);
        assertThatCode(() -> seen.use("a", "10.0.0.1", NOW.plus(SeenSignatures.SAME_MOMENT)))
                .doesNotThrowAnyException();
    }

    @Test
    void nobodyMayRepeatLaterAndOthersNever() {
        seen.use("a", "10.0.0.1", NOW);
        assertRefused("a", "10.0.0.2", NOW);
        assertRefused("a", "10.0.0.1", NOW.plus(SeenSignatures.SAME_MOMENT).plusMillis(1));
        assertRefused("a", "10.0.0.1", NOW.plus(RequestSignature.TOLERANCE.multipliedBy(2)));
    }

    @Test
    void repetitionsDoNotProlongTheMoment() {
        seen.use("a", "10.0.0.1", NOW);
        seen.use("a", "10.0.0.1", NOW.plusSeconds(4));
        assertRefused("a", "10.0.0.1", NOW.plusSeconds(6));
    }

    @Test
    void remembersABoundedNumberForABoundedTime() {
        for (int i = 0; i < 10; i++) {
            seen.use("s" + i, "10.0.0.1", NOW);
        }
        assertThat(seen.size()).isEqualTo(3);
        assertRefused("s9", "10.0.0.2", NOW);
        seen.use("later", "10.0.0.1", NOW.plus(Duration.ofMinutes(31)));
        assertThat(seen.size()).isEqualTo(1);
    }
}
