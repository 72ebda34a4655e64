package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.http.ApiException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class KeyLocksTest {
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");
    private final KeyLocks locks = new KeyLocks(() -> now);

    private void sendWrong(String address, int times) {
        for (int i = 0; i < times; i++) {
            locks.check("AK", address);
            locks.wrong("AK", address);
        }
    }

    private void assertLocked(String address) {
        assertThatThrownBy(() -> locks.check("AK", address))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("try again in");
    }

    private void assertOpen(String address) {
        assertThatCode(() -> locks.check("AK", address)).doesNotThrowAnyException();
    }

    @Test
    void fiveWrongOnesInARowLockForFiveMinutes() {
        sendWrong("10.0.0.1", KeyLocks.WRONG_IN_A_ROW - 1);
        assertOpen("10.0.0.1");
        sendWrong("10.0.0.1", 1);
        assertLocked("10.0.0.1");
        now = now.plus(KeyLocks.LOCKED).minusSeconds(1);
        assertLocked("10.0.0.1");
        now = now.plusSeconds(1);
        assertOpen("10.0.0.1");
        sendWrong("10.0.0.1", KeyLocks.WRONG_IN_A_ROW - 1);
        assertOpen("10.0.0.1");
    }

    @Test
    void aGoodOneBeginsTheRowAnew() {
        sendWrong("10.0.0.1", KeyLocks.WRONG_IN_A_ROW - 1);
        locks.right("AK", "10.0.0.1");
        sendWrong("10.0.0.1", KeyLocks.WRONG_IN_A_ROW - 1);
        assertOpen("10.0.0.1");
    }

    @Test
    void aStrangerDoesNotLockTheOwnerOut() {
        sendWrong("10.6.6.6", KeyLocks.WRONG_IN_A_ROW);
        assertLocked("10.6.6.6");
        assertOpen("10.0.0.1");
        assertThatCode(() -> locks.check("ANOTHER", "10.6.6.6")).doesNotThrowAnyException();
    }

    @Test
    void strangersEverywhereLockNewPlacesButNotThoseWhereTheOwnerWas() {
        locks.right("AK", "10.0.0.1");
        for (int i = 0; i < KeyLocks.WRONG_FROM_ANYWHERE; i++) {
            sendWrong("10.6." + i + ".1", 1);
        }
        assertLocked("10.7.0.1");
        assertOpen("10.0.0.1");
        now = now.plus(KeyLocks.LOCKED);
        assertOpen("10.7.0.1");
    }
}
