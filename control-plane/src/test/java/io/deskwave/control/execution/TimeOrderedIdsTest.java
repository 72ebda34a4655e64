package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TimeOrderedIdsTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.123Z");

    @Test
    void growWithinACallAndFromOneMillisecondToTheNext() {
        UUID[] ids = TimeOrderedIds.make(NOW, 20_000);
        assertThat(Arrays.stream(ids).map(UUID::toString)).isSorted().doesNotHaveDuplicates();
        UUID later = TimeOrderedIds.make(NOW.plusMillis(10), 1)[0];
        assertThat(later.toString()).isGreaterThan(ids[ids.length - 1].toString());
    }

    @Test
    void areVersionSevenOfTheTimeTheyWereMade() {
        UUID id = TimeOrderedIds.make(NOW, 1)[0];
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void twoCallsOfOneMillisecondShareNone() {
        var first = Set.of(TimeOrderedIds.make(NOW, 5_000));
        assertThat(TimeOrderedIds.make(NOW, 5_000)).noneMatch(first::contains);
    }
}
