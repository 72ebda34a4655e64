package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AgentSessionsTest {
    @Test
    void spreadsThePingsOverThePeriod() {
        var random = new Random(1);
        var pinged = new int[AgentSessions.SLICES];
        for (int i = 0; i < 1_000 * AgentSessions.SLICES; i++) {
            pinged[AgentSessions.slice(new UUID(random.nextLong(), random.nextLong()))]++;
        }
        assertThat(Arrays.stream(pinged).boxed().toList()).allMatch(count -> count > 850 && count < 1150);
    }

    @Test
    void aFewComeBackAtOnceAndThousandsAsFastAsTheOtherNodesTakeThemIn() {
        assertThat(AgentSessions.spreadMillis(20, true)).isEqualTo(20);
        assertThat(AgentSessions.spreadMillis(15_000, true)).isEqualTo(15_000);
        assertThat(AgentSessions.spreadMillis(1_000_000, true)).isEqualTo(60_000);
    }

    @Test
    void withNoOtherNodeTheyGiveThisOneTimeToStart() {
        assertThat(AgentSessions.spreadMillis(1, false)).isEqualTo(5_000);
        assertThat(AgentSessions.spreadMillis(15_000, false)).isEqualTo(15_000);
    }
}
