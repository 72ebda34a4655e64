package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.GrayGate.State;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrayGateTest {
    @ParameterizedTest
    @CsvSource({
        // total, ended, failed, succeeded desktops, threshold, decision
        "1, 0, 0, 0, 1, PENDING",
        "1, 1, 0, 1, 1, OPEN",
        "1, 1, 1, 0, 1, CLOSED",
        "1, 1, 0, 0, 1, CLOSED",
        "3, 1, 1, 0, 1, CLOSED",
        "3, 1, 1, 0, 2, PENDING",
        "3, 2, 2, 0, 2, CLOSED",
        "3, 3, 1, 2, 2, OPEN",
        "3, 3, 1, 0, 2, CLOSED",
        "3, 3, 0, 3, 3, OPEN",
        "3, 2, 0, 2, 1, PENDING"
    })
    void decidesByFailuresAndSuccess(int total, int ended, int failed, int succeeded, int threshold, State expected) {
        var decision = GrayGate.decide(total, ended, failed, succeeded, threshold);
        assertThat(decision.state()).isEqualTo(expected);
        assertThat(decision.reason().isEmpty()).isEqualTo(expected == State.PENDING);
    }

    @Test
    void saysItsRuleInWholeSentences() {
        assertThat(GrayGate.rule(0, 1, 1)).isEqualTo("No gray batch: 1 desktop runs at once.");
        assertThat(GrayGate.rule(1, 1, 1))
                .isEqualTo(
                        "1 gray desktop runs first. The other desktop starts when every gray record has ended, none of"
                                + " them FAILED and at least one gray desktop succeeded. At 1 FAILED gray record the gate closes: what"
                                + " runs finishes, everything else is skipped as GRAY_HALTED.");
        assertThat(GrayGate.rule(5, 95, 2))
                .isEqualTo(
                        "5 gray desktops run first. The other 95 desktops start when every gray record has ended, fewer"
                                + " than 2 of them FAILED and at least one gray desktop succeeded. At 2 FAILED gray records the gate"
                                + " closes: what runs finishes, everything else is skipped as GRAY_HALTED.");
    }

    @Property
    void neverOpensEarlyNorAtTheThreshold(
            @ForAll @IntRange(min = 1, max = 20) int total,
            @ForAll @IntRange(max = 20) int ended,
            @ForAll @IntRange(max = 20) int failed,
            @ForAll @IntRange(max = 20) int succeeded,
            @ForAll @IntRange(min = 1, max = 20) int threshold) {
        if (ended > total || failed > ended || succeeded > ended - failed) {
            return;
        }
        if (GrayGate.decide(total, ended, failed, succeeded, threshold).state() == State.OPEN) {
            assertThat(ended).isEqualTo(total);
            assertThat(failed).isLessThan(threshold);
            assertThat(succeeded).isPositive();
        }
    }
}
