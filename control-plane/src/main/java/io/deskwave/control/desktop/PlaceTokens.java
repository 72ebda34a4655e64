package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where places get their enrollment tokens from. */
@FunctionalInterface
public interface PlaceTokens {
    /** Single-use tokens into the project and the pool, one for each description and in their order. */
    Future<List<Issued>> issue(
            SqlConnection tx, String projectId, @Nullable UUID poolId, List<String> descriptions, Instant expiresAt);

    /** @param text what a person copies to an agent; it is not kept */
    record Issued(UUID id, String text) {
        @Override
        public String toString() {
            return "Issued[" + id + "]";
        }
    }
}
