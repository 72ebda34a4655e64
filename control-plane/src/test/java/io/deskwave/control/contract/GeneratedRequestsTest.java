package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Waiting;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code scripts/fuzz}: requests that a seed makes from the document, good and bad, find no fault. */
class GeneratedRequestsTest {
    private static final long SEED = 20261121;
    private static final int WARM_UP = 500;
    private static final int REQUESTS = 3_000;
    private static final int LINES = 4;
    private static final long MOST_GROWTH = 32L << 20;

    @Test
    void findNoFaultAndLeaveNothingBehind(@TempDir Path folder) throws Exception {
        try (Serving serving = new Serving(folder)) {
            FuzzRun run = new FuzzRun(serving.target(), SEED, LINES);
            run.send(WARM_UP);
            long before = heap();
            run.send(REQUESTS);

            assertThat(run.faults()).isEmpty();
            assertThat(run.statuses().getOrDefault(200, 0L))
                    .as("%s", run.statuses())
                    .isGreaterThan(REQUESTS / 10);
            assertThat(heap() - before).as("growth of the heap").isLessThan(MOST_GROWTH);
            run.close();
            Waiting.until("the connections are closed", () -> ServerLoad.connections(serving.port) == 0);
        }
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
