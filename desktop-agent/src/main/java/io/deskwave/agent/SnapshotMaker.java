package io.deskwave.agent;

import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;

/** Makes a snapshot of this machine's system disk, or only acts it. Blocking, for minutes. */
interface SnapshotMaker {
    /**
     * What was made, by its name.
     *
     * @throws IOException when there is none, with the reason
     */
    String make(UUID orderId, Instant issuedAt, Duration within) throws IOException, InterruptedException;

    static SnapshotMaker of(Home home, Config.PowerMode mode) {
        return mode == Config.PowerMode.REAL ? new SystemSnapshots() : new Acted(home.file("simulated-snapshot.json"));
    }

    /** Sorts by time; the same for the same order. */
    static String name(UUID orderId, Instant issuedAt) {
        String time = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(issuedAt);
        return SnapshotPlan.PREFIX + time + "-" + orderId.toString().substring(0, 8);
    }

    /** A file that names the newest. */
    record Acted(Path file) implements SnapshotMaker {
        private record Note(String name, UUID orderId, Instant madeAt) {}

        @Override
        public String make(UUID orderId, Instant issuedAt, Duration within) throws IOException {
            String name = name(orderId, issuedAt);
            DurableFile.write(file, Wire.toJson(new Note(name, orderId, Instant.now())));
            return "simulated snapshot " + name;
        }
    }
}
