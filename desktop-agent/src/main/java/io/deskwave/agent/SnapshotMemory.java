package io.deskwave.agent;

import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The snapshot orders that this agent has taken, on disk before it begins, so that none is made twice; and what came of them.
 * It holds a number of them; what is as old as the newest it had to drop, or older than a day, counts as forgotten. Blocking.
 */
final class SnapshotMemory {
    private static final int MOST = 100;
    private static final Duration REACH = Duration.ofDays(1);

    static final String NOBODY_KNOWS =
            "the agent ended while the snapshot was being made: whether there is one has to be looked up on the desktop";

    private final Path file;
    private final Set<UUID> takenHere = new HashSet<>();

    SnapshotMemory(Path file) {
        this.file = file;
    }

    /** @param isNew written down just now: begin; otherwise how it stands with what was taken before */
    record Answer(boolean isNew, Phase phase, String text) {}

    record Taken(UUID orderId, Instant issuedAt, Phase phase, String text) {}

    private record Memory(Instant forgottenTo, List<Taken> taken) {}

    /** Returns when a new order is on the disk. */
    synchronized Answer take(UUID orderId, Instant issuedAt, Instant now) throws IOException {
        Memory memory = read();
        for (Taken taken : memory.taken()) {
            if (taken.orderId().equals(orderId)) {
                boolean lost = taken.phase() == Phase.TAKEN && !takenHere.contains(orderId);
                return lost
                        ? new Answer(false, Phase.FAILED, NOBODY_KNOWS)
                        : new Answer(false, taken.phase(), taken.text());
            }
        }
        if (!issuedAt.isAfter(memory.forgottenTo()) || issuedAt.isBefore(now.minus(REACH))) {
            return new Answer(
                    false, Phase.FAILED, "the order of " + issuedAt + " is older than the agent can remember");
        }
        write(with(memory, new Taken(orderId, issuedAt, Phase.TAKEN, "")));
        takenHere.add(orderId);
        return new Answer(true, Phase.TAKEN, "");
    }

    /** Writes down what came of an order. */
    synchronized Void ended(UUID orderId, Phase phase, String text) throws IOException {
        Memory memory = read();
        write(new Memory(
                memory.forgottenTo(),
                memory.taken().stream()
                        .map(each -> each.orderId().equals(orderId)
                                ? new Taken(orderId, each.issuedAt(), phase, text)
                                : each)
                        .toList()));
        return null;
    }

    private Memory read() throws IOException {
        return Files.exists(file)
                ? Wire.fromJson(Files.readString(file), Memory.class)
                : new Memory(Instant.EPOCH, List.of());
    }

    private void write(Memory memory) throws IOException {
        DurableFile.write(file, Wire.toJson(memory));
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
