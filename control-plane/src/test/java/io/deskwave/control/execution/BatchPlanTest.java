package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.execution.BatchPlan.Candidate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class BatchPlanTest {
    private static UUID id(int i) {
        return new UUID(0, i);
    }

    private static List<Candidate> targets(boolean... online) {
        return IntStream.range(0, online.length)
                .mapToObj(i -> new Candidate(id(i), online[i]))
                .toList();
    }

    @Test
    void everythingIsOneBatchWithoutAWish() {
        var plan = BatchPlan.of(targets(true, false), 0, List.of());
        assertThat(plan.hasGray()).isFalse();
        assertThat(plan.batchOf(List.of(id(0), id(1)))).containsExactly(0, 0);
    }

    @Test
    void aCountPicksOnlineDesktopsFirst() {
        var plan = BatchPlan.of(targets(false, true, false, true), 2, List.of());
        assertThat(plan.gray()).containsExactly(id(1), id(3));
        assertThat(plan.batchOf(List.of(id(0), id(1)))).containsExactly(2, 1);
    }

    @Test
    void aCountTakesOfflineDesktopsWhenTooFewAreOnline() {
        assertThat(BatchPlan.of(targets(false, true, false), 2, List.of()).gray())
                .containsExactly(id(0), id(1));
    }

    @Test
    void aCountWinsOverIds() {
        assertThat(BatchPlan.of(targets(true, true), 1, List.of(id(1))).gray()).containsExactly(id(0));
    }

    @Test
    void idsNameTheGrayBatch() {
        assertThat(BatchPlan.of(targets(true, true, true), 0, List.of(id(2), id(2)))
                        .gray())
                .containsExactly(id(2));
    }

    @Test
    void aCountOfAllOrIdsOfAllIsOneBatch() {
        assertThat(BatchPlan.of(targets(true, true), 2, List.of()).hasGray()).isFalse();
        assertThat(BatchPlan.of(targets(true, true), 99, List.of()).hasGray()).isFalse();
        assertThat(BatchPlan.of(targets(true, true), 0, List.of(id(1), id(0))).hasGray())
                .isFalse();
    }

    @Test
    void refusesGrayIdsThatAreNoTargets() {
        assertThatThrownBy(() -> BatchPlan.of(targets(true), 0, List.of(id(7))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(id(7).toString());
    }

    @Property(tries = 300)
    void everyTargetIsInExactlyOneBatch(
            @ForAll @Size(min = 1, max = 40) List<Boolean> online, @ForAll @IntRange(max = 50) int count) {
        var candidates = new ArrayList<Candidate>();
        for (int i = 0; i < online.size(); i++) {
            candidates.add(new Candidate(id(i), online.get(i)));
        }
        var plan = BatchPlan.of(candidates, count, List.of());
        var all = new ArrayList<>(plan.gray());
        all.addAll(plan.rest());
        assertThat(all).hasSize(online.size());
        assertThat(new HashSet<>(all)).hasSize(online.size());
        assertThat(plan.gray()).hasSize(count >= online.size() ? 0 : count);
        boolean offlineInGray = plan.gray().stream().anyMatch(g -> !online.get((int) g.getLeastSignificantBits()));
        boolean onlineInRest = plan.rest().stream().anyMatch(r -> online.get((int) r.getLeastSignificantBits()));
        assertThat(plan.hasGray() && offlineInGray && onlineInRest).isFalse();
    }
}
