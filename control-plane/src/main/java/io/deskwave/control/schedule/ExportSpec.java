package io.deskwave.control.schedule;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;

/**
 * What an exported file is about.
 *
 * @param zone what its times are shown in
 * @param from the first instant that a firing may have been planned for
 * @param until the last one
 */
record ExportSpec(
        UUID scheduledTaskId, ExportFormat format, ExportLanguage language, ZoneId zone, Instant from, Instant until) {}
