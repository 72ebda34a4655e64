package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that hold sessions. A node is fenced by its row: once that is deleted its desktops are given away, and the node
 * finds at its next beat that it is new.
 */
public final class NodeStore {
    private static final String BEAT =
            """
            INSERT INTO nodes (id, started_at, seen_at, beats) VALUES ($1, $2, $3, 1)
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, beats = nodes.beats + 1
            RETURNING xmax = 0 AS inserted
            """;

    /** A node without a row was released, woke up, and took sessions: it has a row soon, unless it died for good. */
    private static final String LIST_OTHERS =
            """
            SELECT id, beats, seen_at FROM nodes WHERE id <> $1
            UNION ALL
            SELECT DISTINCT d.node_id, NULL::bigint, NULL::timestamptz FROM desktops d
            WHERE d.node_id <> $1 AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = d.node_id)
            """;

    private static final String RELEASE =
            """
            WITH gone AS (
                DELETE FROM nodes WHERE id = $1
            ), locked AS (
                SELECT id FROM desktops WHERE node_id = $1 ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE desktops d SET node_id = NULL, last_seen_at = now() FROM locked WHERE d.id = locked.id
            """;

    private static final String RELEASE_ALL =
            """
            WITH gone AS (
                DELETE FROM nodes
            ), locked AS (
                SELECT id FROM desktops WHERE node_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE desktops d SET node_id = NULL FROM locked WHERE d.id = locked.id
            """;

    /**
     * A node that has beaten meanwhile is left alone. A desktop that comes in meanwhile keeps its new node: the row is
     * compared once more with what was found, under its lock. (An anti join alone is not looked at again there.)
     */
    private static final String RELEASE_DEAD =
            """
            WITH dead AS (
                SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS x (id, beats, seen_at)
            ), gone AS (
                DELETE FROM nodes n USING dead
                WHERE n.id = dead.id AND n.beats = dead.beats AND n.seen_at = dead.seen_at
                RETURNING n.id, n.seen_at
            ), without AS (
                SELECT dead.id FROM dead
                WHERE dead.beats IS NULL AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = dead.id)
            ), lost AS MATERIALIZED (
                SELECT d.id, d.node_id, d.session_epoch FROM desktops d
                WHERE d.node_id IN (SELECT id FROM gone UNION ALL SELECT id FROM without)
            ), locked AS (
                SELECT d.id, lost.node_id FROM desktops d
                JOIN lost ON d.id = lost.id AND d.node_id = lost.node_id AND d.session_epoch = lost.session_epoch
                ORDER BY d.id FOR NO KEY UPDATE OF d
            )
            UPDATE desktops d
            SET node_id = NULL,
                last_seen_at = greatest(d.last_seen_at, (SELECT gone.seen_at FROM gone WHERE gone.id = locked.node_id))
            FROM locked
            WHERE d.id = locked.id
            """;

    /**
     * What stands of a node in the database. When it lives, that changes every few seconds.
     *
     * @param beats null with {@code seenAt} when it has desktops and no row
     */
    public record Trace(UUID nodeId, @Nullable Long beats, @Nullable Instant seenAt) {}

    /** Ends all sessions there are; the number of them. */
    Future<Integer> releaseAll(SqlClient client) {
        return client.query(RELEASE_ALL).execute().map(SqlResult::rowCount);
    }

    /**
     * Says that a node is alive; a node says so before it takes its first session. True when it was not known: it is new,
     * or it was taken for dead and lost its sessions, which must be connected again.
     */
    public Future<Boolean> beat(SqlClient client, UUID nodeId, Instant startedAt, Instant now) {
        return client.preparedQuery(BEAT)
                .execute(Tuple.of(nodeId, utc(startedAt), utc(now)))
                .map(rows -> rows.iterator().next().getBoolean("inserted"));
    }

    public Future<List<Trace>> listOthers(SqlClient client, UUID nodeId) {
        return client.preparedQuery(LIST_OTHERS).execute(Tuple.of(nodeId)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(NodeStore::trace)
                .toList());
    }

    /** Ends all sessions of a node that stops; the number of them. */
    public Future<Integer> release(SqlClient client, UUID nodeId) {
        return client.preparedQuery(RELEASE).execute(Tuple.of(nodeId)).map(SqlResult::rowCount);
    }

    /** Ends all sessions of those of the nodes of which nothing else was heard since; the number of sessions. */
    public Future<Integer> releaseDead(SqlClient client, List<Trace> dead) {
        if (dead.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return client.preparedQuery(RELEASE_DEAD)
                .execute(Tuple.tuple()
                        .addArrayOfUUID(dead.stream().map(Trace::nodeId).toArray(UUID[]::new))
                        .addArrayOfLong(dead.stream().map(Trace::beats).toArray(Long[]::new))
                        .addArrayOfOffsetDateTime(dead.stream()
                                .map(trace -> trace.seenAt() == null ? null : utc(trace.seenAt()))
                                .toArray(OffsetDateTime[]::new)))
                .map(SqlResult::rowCount);
    }

    private static Trace trace(Row row) {
        OffsetDateTime seenAt = row.getOffsetDateTime("seen_at");
        return new Trace(row.getUUID("id"), row.getLong("beats"), seenAt == null ? null : seenAt.toInstant());
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
