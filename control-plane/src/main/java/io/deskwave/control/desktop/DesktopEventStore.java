package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.UUID;

/**
 * What happened to desktops, for scheduled tasks that it triggers. Written in the transaction that makes it happen, so that it
 * is told once or has not happened; {@link IdentityStore} and {@link SessionStore} write theirs in their own statements.
 */
public final class DesktopEventStore {
    private static final String INSERT =
            "INSERT INTO desktop_events (desktop_id, kind) SELECT id, $2 FROM unnest($1::uuid[]) AS id";

    /** What can happen. Enrolled for the first time; a new machine under the same id; the last user has gone. */
    public enum Kind {
        CREATED,
        REBUILT,
        REATTACHED,
        LOGGED_OFF
    }

    /** In the caller's transaction, of which PostgreSQL's time is the event's. */
    public Future<Void> insert(SqlClient client, Collection<UUID> desktopIds, Kind kind) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(desktopIds.toArray(UUID[]::new))
                        .addString(kind.name()))
                .mapEmpty();
    }
}
