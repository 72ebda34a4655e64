package io.deskwave.control.schedule;

import java.time.Duration;

/**
 * What bounds the files that are exported.
 *
 * @param rows of one sheet, without its heading; one of XLSX has 1,048,576 lines
 * @param fileBytes of one file
 * @param projectBytes of all files of a project
 * @param waiting tasks of a project that are not done yet
 * @param kept tasks of a project, done or not
 * @param downloadable how long a file can be downloaded after it was made
 * @param remembered how long the task is listed after that
 */
record ExportLimits(
        int rows,
        long fileBytes,
        long projectBytes,
        int waiting,
        int kept,
        Duration downloadable,
        Duration remembered) {
    static final ExportLimits USUAL =
            new ExportLimits(1_000_000, 256L << 20, 1L << 30, 20, 1_000, Duration.ofHours(24), Duration.ofDays(7));
}
