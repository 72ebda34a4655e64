package io.deskwave.control.schedule;

import io.deskwave.control.schedule.FiringStore.Firing;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one row of an exported file tells of.
 *
 * @param onDesktop null in a row about the firing alone
 */
record ExportLine(Firing firing, @Nullable OnDesktop onDesktop, ZoneId zone) {
    @Nullable
    LocalDateTime local(@Nullable Instant instant) {
        return instant == null ? null : LocalDateTime.ofInstant(instant, zone).truncatedTo(ChronoUnit.SECONDS);
    }

    /** {@code UTC+08:00}: in the night when clocks are put back it tells two equal times apart. */
    String offset() {
        ZoneOffset offset = zone.getRules().getOffset(firing.startTime());
        return offset.equals(ZoneOffset.UTC) ? "UTC" : "UTC" + offset.getId();
    }
}
