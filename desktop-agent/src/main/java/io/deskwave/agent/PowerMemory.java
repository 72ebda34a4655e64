package io.deskwave.agent;

import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The power orders that this agent has taken, on disk before they are acted on, so that none is acted on twice. It holds a
 * number of them; what is as old as the newest it had to drop, or older than a day, counts as forgotten. Blocking.
 */
final class PowerMemory {
    private static final int MOST = 200;
    private static final Duration REACH = Duration.ofDays(1);

    private final Path file;

    PowerMemory(Path file) {
        this.file = file;
    }

    enum Answer {
        /** Written down just now: act. */
        NEW,
        TAKEN_BEFORE,
        /** Nobody can say whether it was taken. */
        TOO_OLD
    }

    record Taken(UUID orderId, Instant issuedAt) {}

    private record Memory(Instant forgottenTo, List<Taken> taken) {}

    /** Returns when a new order is on the disk. */
    synchronized Answer take(UUID orderId, Instant issuedAt, Instant now) throws IOException {
        Memory memory = read();
        if (memory.taken().stream().anyMatch(taken -> taken.orderId().equals(orderId))) {
            return Answer.TAKEN_BEFORE;
        }
        if (!issuedAt.isAfter(memory.forgottenTo()) || issuedAt.isBefore(now.minus(REACH))) {
            return Answer.TOO_OLD;
        }
        DurableFile.write(file, Wire.toJson(with(memory, new Taken(orderId, issuedAt))));
        return Answer.NEW;
    }

    private Memory read() throws IOException {
        return Files.exists(file)
                ? Wire.fromJson(Files.readString(file), Memory.class)
                : new Memory(Instant.EPOCH, List.of());
    }

    private static Memory with(Memory memory, Taken newest) {
        var taken = new ArrayList<>(memory.taken());
        taken.add(newest);
        Instant forgottenTo = memory.forgottenTo();
        while (taken.size() > MOST) {
            Instant dropped = taken.remove(0).issuedAt();
            forgottenTo = dropped.isAfter(forgottenTo) ? dropped : forgottenTo;
        }
        return new Memory(forgottenTo, taken);
    }
}
