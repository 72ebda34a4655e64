package io.deskwave.control.execution;

import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.execution.Reports.Stored;
import io.vertx.core.Promise;
import java.util.List;

/** A report that waits to be committed, and who waits for that. */
record Letter(Report report, Promise<Stored> stored) {
    /** What a report costs besides what it carries. */
    private static final int ENVELOPE_BYTES = 512;

    int bytes() {
        if (report instanceof Report.Printed printed) {
            return ENVELOPE_BYTES + printed.output().bytes().length;
        }
        if (report instanceof Report.Finished finished) {
            return ENVELOPE_BYTES
                    + sizeOf(finished.outcome().endedProcesses())
                    + sizeOf(finished.outcome().survivors());
        }
        return ENVELOPE_BYTES;
    }

    private static int sizeOf(List<String> texts) {
        return texts.stream().mapToInt(String::length).sum();
    }
}
