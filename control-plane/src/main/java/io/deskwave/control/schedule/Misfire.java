package io.deskwave.control.schedule;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a planned instant that nothing fired at its time, since no node ran or the database was away. Pure.
 *
 * @param grace how late it may be
 */
record Misfire(Policy policy, Duration grace) {
    static final String POLICY = "misfire_policy";
    static final String GRACE = "misfire_grace_minutes";
    static final List<String> FIELDS = List.of(POLICY, GRACE);
    private static final int USUAL_GRACE_MINUTES = 15;

    /** A firing that is no later than this was not missed. */
    static final Duration PUNCTUAL = Duration.ofSeconds(30);

    enum Policy {
        /** Within the grace the last of what was missed is fired. */
        RUN_ONCE,
        SKIP
    }

    static Misfire of(JsonObject request) {
        return new Misfire(
                Policy.valueOf(request.getString(POLICY, Policy.RUN_ONCE.name())),
                Duration.ofMinutes(request.getInteger(GRACE, USUAL_GRACE_MINUTES)));
    }

    /**
     * Why a planned instant is not fired any more; empty when it is.
     *
     * @param following the planned instant after it
     */
    Optional<String> reasonToSkip(Instant planned, @Nullable Instant following, Instant now, ZoneId zone) {
        Duration late = Duration.between(planned, now);
        if (late.compareTo(PUNCTUAL) <= 0) {
            return Optional.empty();
        }
        String missed = "it was due at " + LocalTimes.textWithOffset(planned, zone)
                + " and nothing could fire it before " + LocalTimes.textWithOffset(now, zone);
        if (policy == Policy.SKIP) {
            return Optional.of(missed + "; " + POLICY + " is SKIP");
        }
        if (late.compareTo(grace) > 0) {
            return Optional.of(missed + ", later than the " + grace.toMinutes() + " minutes of " + GRACE);
        }
        return following == null || following.isAfter(now)
                ? Optional.empty()
                : Optional.of(missed + ", when the next one was due too, which stands for both");
    }
}
