package io.deskwave.agent;

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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The power orders that this agent has taken, on disk before they are acted on, so that none is acted on twice; and what came
 * of them, so that what was taken and never acted on is not taken for done. It holds a number of them; what is as old as the newest it had to drop, or older than a day, counts as forgotten. Blocking.
 */
final class PowerMemory {
    private static final int MOST = 200;
    private static final Duration REACH = Duration.ofDays(1);

    static final String NEVER_ACTED_ON = "the agent ended before it could act";

    private final Path file;
    private final Set<UUID> takenHere = new HashSet<>();

    PowerMemory(Path file) {
        this.file = file;
    }

    enum Kind {
        /** Written down just now: act. */
        NEW,
        TAKEN_BEFORE,
        /** Its users have time; this process sees to it already. */
        WAITING,
        /** Its users have time, and the process that saw to it has ended: this one has to. */
        WAITING_ALONE,
        /** Nobody can say whether it was taken. */
        TOO_OLD
    }

    /**
     * @param error why an order that was taken before came to nothing
     * @param until when the users' time is over
     */
    record Answer(Kind kind, @Nullable String error, @Nullable Instant until) {
        Answer(Kind kind) {
            this(kind, null, null);
        }

        Answer(Kind kind, @Nullable String error) {
            this(kind, error, null);
        }
    }

    /** @param until the users' time; null once it is acted on */
    record Taken(UUID orderId, Instant issuedAt, boolean acted, @Nullable String error, @Nullable Instant until) {}

    private record Memory(Instant forgottenTo, List<Taken> taken) {}

    synchronized Answer take(UUID orderId, Instant issuedAt, Instant now) throws IOException {
        return take(orderId, issuedAt, now, null);
    }

    /**
     * Returns when a new order is on the disk.
     *
     * @param until when it is to be acted on; null for at once
     */
    synchronized Answer take(UUID orderId, Instant issuedAt, Instant now, @Nullable Instant until) throws IOException {
        Memory memory = read();
        for (Taken taken : memory.taken()) {
            if (taken.orderId().equals(orderId)) {
                return again(taken);
            }
        }
        if (!issuedAt.isAfter(memory.forgottenTo()) || issuedAt.isBefore(now.minus(REACH))) {
            return new Answer(Kind.TOO_OLD);
        }
        DurableFile.write(file, Wire.toJson(with(memory, new Taken(orderId, issuedAt, false, null, until))));
        takenHere.add(orderId);
        return new Answer(Kind.NEW, null, until);
    }

    private Answer again(Taken taken) {
        if (taken.until() != null) {
            boolean alone = takenHere.add(taken.orderId());
            return new Answer(alone ? Kind.WAITING_ALONE : Kind.WAITING, null, taken.until());
        }
        boolean lost = !taken.acted() && !takenHere.contains(taken.orderId());
        return new Answer(Kind.TAKEN_BEFORE, lost ? NEVER_ACTED_ON : taken.error());
    }

    /** Writes down that the users' time is over: from now on it is not waited again, and never acted on twice. */
    synchronized Void begins(UUID orderId) throws IOException {
        return change(orderId, taken -> new Taken(orderId, taken.issuedAt(), false, null, null));
    }

    /** Writes down what came of an order; the error is null when the machine did it, or is about to. */
    synchronized Void acted(UUID orderId, @Nullable String error) throws IOException {
        return change(orderId, taken -> new Taken(orderId, taken.issuedAt(), true, error, null));
    }

    private Void change(UUID orderId, UnaryOperator<Taken> change) throws IOException {
        Memory memory = read();
        List<Taken> taken = memory.taken().stream()
                .map(each -> each.orderId().equals(orderId) ? change.apply(each) : each)
                .toList();
        DurableFile.write(file, Wire.toJson(new Memory(memory.forgottenTo(), taken)));
        return null;
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
