package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SpoolBoundsTest {
    @Test
    void dropsTheOldestOutputsWhenTheyTakeTooMuchTogether() {
        long third = SpoolBounds.MAX_BYTES / 3;
        assertThat(SpoolBounds.tooMuch(List.of(third, third, 0L, third, third + 1), size -> size))
                .containsExactly(third + 1);
    }

    @Test
    void dropsOutputsWhenThereAreTooManyAndEntriesFarLater() {
        List<Long> small = Collections.nCopies(SpoolBounds.MAX_OUTPUTS + 3, 1L);
        assertThat(SpoolBounds.tooMuch(small, size -> size)).hasSize(3);
        assertThat(SpoolBounds.tooMany(small)).isEmpty();
        assertThat(SpoolBounds.tooMany(Collections.nCopies(SpoolBounds.MAX_ENTRIES + 2, 1L)))
                .hasSize(2);
    }
}
