package io.deskwave.agent;

import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Names one attempt of one record; its text names the folder and marks the processes. */
record AttemptId(UUID recordId, int attempt) {
    private static final int UUID_CHARS = 36;

    AttemptId {
        Objects.requireNonNull(recordId, "recordId");
    }

    /** Empty for what {@link #toString} never says. */
    static Optional<AttemptId> parse(String text) {
        try {
            var id = new AttemptId(
                    UUID.fromString(text.substring(0, UUID_CHARS)), Integer.parseInt(text.substring(UUID_CHARS + 1)));
            return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return recordId + "-" + attempt;
    }
}
