package io.deskwave.control.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private long nowNanos = 1;
    private final Admission admission = new Admission(10, 1000, 1, () -> nowNanos);

    @Test
    void letsSoManyInAndGivesPlacesAgain() {
        for (int i = 0; i < 10; i++) {
            assertThat(admission.enter()).isTrue();
        }
        assertThat(admission.enter()).isFalse();
        admission.leave();
        assertThat(admission.enter()).isTrue();
        assertThat(admission.enter()).isFalse();
    }

    @Test
    void givesEachATimeOfItsOwnAtTheRateThatItGoes() {
        long last = 0;
        List<Long> told = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            told.add(admission.retryAfterMillis());
        }
        for (long millis : told) {
            assertThat(millis).isGreaterThanOrEqualTo(last).isLessThanOrEqualTo(60_000);
            last = millis;
        }
        assertThat(told.get(0)).isEqualTo(200);
        assertThat(told.get(9_999)).isBetween(7_900L, 8_000L); // and up to half as much again, which the agent adds
    }

    @Test
    void beginsARoundAnewWhenAMinuteIsFull() {
        long most = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 200_000; i++) {
            long told = admission.retryAfterMillis();
            most = Math.max(most, told);
            least = Math.min(least, told);
        }
        assertThat(most).isBetween(47_000L, 60_000L);
        assertThat(least).isEqualTo(200);
    }

    @Test
    void asksASlowNodeLessOften() {
        var fast = new Admission(10, 5000, 1, () -> nowNanos);
        runs(fast, 10, 1600);
        assertThat(millisForMore(fast, 1600)).isBetween(0.8 * 900, 0.8 * 1100);
    }

    @Test
    void believesNoRateOfTheFirstSeconds() {
        var fast = new Admission(10, 5000, 1, () -> nowNanos);
        runs(fast, 4, 100);
        assertThat(millisForMore(fast, 5000)).isBetween(0.8 * 900, 0.8 * 1100);
    }

    @Test
    void sendsNobodyAwayForLongBecauseItIsSlow() {
        runs(admission, 10, 100);
        assertThat(millisForMore(admission, 1500)).isBetween(0.8 * 900, 0.8 * 1100);
    }

    private void runs(Admission running, int seconds, int donePerSecond) {
        for (int i = 0; i < seconds * donePerSecond; i++) {
            assertThat(running.enter()).isTrue();
            running.leave();
            nowNanos += TimeUnit.SECONDS.toNanos(1) / donePerSecond;
            assertThat(running.retryAfterMillis()).isPositive();
        }
    }

    /** What the last of so many more is told beyond what the first is told. */
    private static double millisForMore(Admission asked, int more) {
        double told = 0;
        for (int i = 0; i < 2000; i++) {
            told = asked.retryAfterMillis();
        }
        double first = told;
        for (int i = 0; i < more; i++) {
            told = asked.retryAfterMillis();
        }
        return told - first;
    }

    /** What it is for: all come at one instant, are served 1500 a second, and all are in soon after they could be. */
    @Test
    void aStormBecomesAStream() {
        int fleet = 15_000;
        int places = 512;
        long serviceNanos = (long) (places / 1500.0 * TimeUnit.SECONDS.toNanos(1));
        var storm = new Admission(places, 2000, 1, () -> nowNanos);
        var random = new Random(7);
        record Event(long at, boolean done) {}
        var events = new PriorityQueue<Event>((a, b) -> Long.compare(a.at(), b.at()));
        for (int i = 0; i < fleet; i++) {
            events.add(new Event(nowNanos + random.nextInt(1000), false));
        }
        int in = 0;
        int refusals = 0;
        while (!events.isEmpty()) {
            Event event = events.remove();
            nowNanos = event.at();
            if (event.done()) {
                storm.leave();
                in++;
            } else if (storm.enter()) {
                events.add(new Event(nowNanos + (long) (serviceNanos * (0.8 + 0.4 * random.nextDouble())), true));
            } else {
                refusals++;
                long told = storm.retryAfterMillis();
                long wait = told + random.nextLong(Math.max(1, told / 2));
                events.add(new Event(nowNanos + TimeUnit.MILLISECONDS.toNanos(wait), false));
            }
        }

        assertThat(in).isEqualTo(fleet);
        assertThat(TimeUnit.NANOSECONDS.toSeconds(nowNanos))
                .isBetween(10L, 16L); // 10 is what it takes at 1500 a second
        assertThat(refusals).isLessThan(4 * fleet);
    }
}
