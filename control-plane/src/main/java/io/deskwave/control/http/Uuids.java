package io.deskwave.control.http;

import java.util.Optional;
import java.util.UUID;

/** Ids as callers send them. */
public final class Uuids {
    private Uuids() {}

    /** Empty for what is no UUID: nothing of ours has such an id. */
    public static Optional<UUID> parse(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
