package io.deskwave.control.schedule;

import java.util.Optional;
import java.util.UUID;

/** Ids as callers send them. */
final class Ids {
    private Ids() {}

    static Optional<UUID> parse(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
