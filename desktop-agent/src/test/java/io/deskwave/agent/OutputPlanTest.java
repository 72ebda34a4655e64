package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutputPlanTest {
    @Property(tries = 5000)
    void keepsExactlyTheLimitOrAllHeadAndTail(
            @ForAll @IntRange(max = 300) int limit,
            @ForAll @IntRange(max = 500) int sizeOut,
            @ForAll @IntRange(max = 500) int sizeErr,
            @ForAll @IntRange(max = 100) int sentOutPercent,
            @ForAll @IntRange(max = 100) int sentErrPercent) {
        long budget = OutputPlan.headBudget(limit);
        long sentOut = Math.min(sizeOut, budget * sentOutPercent / 100);
        long sentErr = Math.min(sizeErr, (budget - sentOut) * sentErrPercent / 100);
        OutputPlan plan = OutputPlan.of(limit, sentOut, sentErr, sizeOut, sizeErr);
        assertThat(plan.stdout().kept() + plan.stderr().kept()).isEqualTo(Math.min(limit, sizeOut + sizeErr));
        checkPart(plan.stdout(), sentOut, sizeOut);
        checkPart(plan.stderr(), sentErr, sizeErr);
    }

    private static void checkPart(OutputPlan.Part part, long sent, long size) {
        assertThat(part.end()).isEqualTo(size);
        assertThat(part.headEnd()).isBetween(sent, part.tailStart());
        assertThat(part.tailStart()).isBetween(part.headEnd(), size);
    }

    @ParameterizedTest
    @CsvSource({
        // limit, sent out/err, size out/err -> head end, tail start of out; of err
        "10, 0, 0, 10, 0, 10, 10, 0, 0",
        "10, 5, 0, 100, 0, 5, 95, 0, 0",
        "10, 5, 0, 100, 100, 5, 98, 0, 97",
        "10, 5, 0, 100, 1, 5, 96, 0, 0",
        "10, 5, 0, 6, 100, 5, 5, 0, 96",
        "10, 0, 0, 100, 0, 5, 95, 0, 0",
        "11, 5, 0, 100, 0, 5, 94, 0, 0",
    })
    void cutsTheMiddle(long limit, long sentOut, long sentErr, long out, long err, long h1, long t1, long h2, long t2) {
        assertThat(OutputPlan.of(limit, sentOut, sentErr, out, err))
                .isEqualTo(new OutputPlan(new OutputPlan.Part(h1, t1, out), new OutputPlan.Part(h2, t2, err)));
    }
}
