package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.http.ApiException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuessGuardTest {
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");
    private final GuessGuard guard = new GuessGuard(() -> now);

    private void guessWrong(String name, String address, int times) {
        for (int i = 0; i < times; i++) {
            guard.begin(name, address).wrong();
        }
    }

    private void assertWaits(String name, String address) {
        assertThatThrownBy(() -> guard.begin(name, address))
                .isInstanceOf(ApiException.Unauthorized.class)
                .hasMessageContaining("try again in");
    }

    @Test
    void wrongGuessesFromOneAddressDoNotKeepTheUserOutElsewhere() {
        guessWrong("admin", "10.0.0.1", GuessGuard.FREE_GUESSES);

        assertWaits("admin", "10.0.0.1");
        guard.begin("admin", "10.0.0.2").right();
        guard.begin("other", "10.0.0.1").right();
        assertWaits("admin", "10.0.0.1");
    }

    @Test
    void theWaitGrowsAndEnds() {
        guessWrong("admin", "10.0.0.1", GuessGuard.FREE_GUESSES);
        now = now.plusSeconds(1);
        guessWrong("admin", "10.0.0.1", 1);
        now = now.plusSeconds(1);
        assertWaits("admin", "10.0.0.1");
        now = now.plusSeconds(1);
        guard.begin("admin", "10.0.0.1").right();
        guessWrong("admin", "10.0.0.1", GuessGuard.FREE_GUESSES);
        assertWaits("admin", "10.0.0.1");
    }

    @Test
    void guessesFromManyAddressesAddUp() {
        for (int i = 0; i < GuessGuard.FREE_GUESSES_FROM_ANYWHERE; i++) {
            guessWrong("admin", "10.0.0." + i, 1);
        }
        assertWaits("admin", "10.1.0.1");
        guard.begin("other", "10.1.0.1").right();
    }

    @Test
    void whatIsBeingLookedAtCounts() {
        List<GuessGuard.Attempt> open = new ArrayList<>();
        for (int i = 0; i < GuessGuard.MOST_AT_ONCE; i++) {
            open.add(guard.begin("admin", "10.0.0.1"));
        }
        assertThatThrownBy(() -> guard.begin("admin", "10.0.0.1")).isInstanceOf(ApiException.Unavailable.class);

        open.get(0).undecided();
        open.set(0, guard.begin("admin", "10.0.0.1"));
        open.get(0).right();
        open.set(0, guard.begin("admin", "10.0.0.1"));
        open.forEach(GuessGuard.Attempt::wrong);
        assertWaits("admin", "10.0.0.1");
    }

    @Test
    void manyNamesFromOneAddressLeaveRoomForTheOthers() {
        List<GuessGuard.Attempt> open = new ArrayList<>();
        for (int i = 0; i < GuessGuard.MOST_AT_ONCE; i++) {
            open.add(guard.begin("random-" + i, "10.0.0.1"));
        }
        assertThatThrownBy(() -> guard.begin("another", "10.0.0.1"))
                .isInstanceOf(ApiException.Unavailable.class)
                .hasMessageContaining("from this address");
        guard.begin("admin", "10.0.0.2").right();

        open.get(0).wrong();
        open.get(1).right();
        open.get(2).undecided();
        for (int i = 0; i < 3; i++) {
            open.set(i, guard.begin("another-" + i, "10.0.0.1"));
        }
        assertThatThrownBy(() -> guard.begin("another", "10.0.0.1")).isInstanceOf(ApiException.Unavailable.class);
    }

    @Test
    void whoHasWaitedHasOneGuessAtATime() {
        guessWrong("admin", "10.0.0.1", GuessGuard.FREE_GUESSES);
        now = now.plusSeconds(61);
        GuessGuard.Attempt one = guard.begin("admin", "10.0.0.1");
        assertThatThrownBy(() -> guard.begin("admin", "10.0.0.1")).isInstanceOf(ApiException.Unavailable.class);
        one.undecided();
        GuessGuard.Attempt two = guard.begin("admin", "10.0.0.1");
        two.right();
        assertThat(guard.begin("admin", "10.0.0.1")).isNotNull();
    }
}
