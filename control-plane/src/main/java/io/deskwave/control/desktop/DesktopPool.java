package io.deskwave.control.desktop;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;

/**
 * A named set of desktops; a desktop is in one or none.
 *
 * @param attributes fields of the vendor's API that mean nothing here: kept and returned
 * @param desktopUsed how many of its desktops are connected and have somebody logged on
 * @param growing whether places in it wait for their desktops
 */
public record DesktopPool(
        UUID id,
        String name,
        String type,
        String description,
        JsonObject attributes,
        Instant createdAt,
        int desktopCount,
        int desktopUsed,
        boolean growing) {
    public DesktopPool {
        attributes = attributes.copy();
    }

    /** What a caller sends to make one. */
    public record New(String name, String type, String description, JsonObject attributes) {
        public New {
            attributes = attributes.copy();
        }
    }
}
