package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Removes jobs that ended long ago. Locks as everybody does who ends pieces: tokens, pieces, jobs. */
final class JobPruneStore {
    /** Any number that nobody else takes. */
    private static final long PRUNING = 0x6465736b6a6f6273L;

    private static final String TRY_ALONE = "SELECT pg_try_advisory_xact_lock($1) AS alone";

    /** The oldest, with some thousand pieces together or one job alone. */
    private static final String FIND =
            """
            SELECT id FROM (
                SELECT j.id, sum(p.pieces) OVER (ORDER BY j.end_time, j.id) - p.pieces AS earlier
                FROM (SELECT id, end_time FROM jobs WHERE end_time IS NOT NULL AND end_time < $1
                      ORDER BY end_time LIMIT 1000) AS j
                CROSS JOIN LATERAL (SELECT count(*) AS pieces FROM sub_jobs s WHERE s.job_id = j.id) AS p) AS counted
            WHERE earlier < $2
            """;

    private static final String LOCK_TOKENS =
            """
            SELECT id FROM enrollment_tokens
            WHERE id IN (SELECT token_id FROM sub_jobs WHERE job_id = ANY($1))
            ORDER BY id FOR UPDATE
            """;

    private static final String DELETE_PIECES = "DELETE FROM sub_jobs WHERE job_id = ANY($1)";
    private static final String DELETE_TOKENS = "DELETE FROM enrollment_tokens WHERE id = ANY($1)";
    private static final String DELETE_JOBS = "DELETE FROM jobs WHERE id = ANY($1)";

    /** Whether this transaction is the only one that prunes jobs, on any node, until it ends. */
    Future<Boolean> tryAlone(SqlClient sql) {
        return sql.preparedQuery(TRY_ALONE)
                .execute(Tuple.of(PRUNING))
                .map(rows -> rows.iterator().next().getBoolean("alone"));
    }

    Future<List<UUID>> find(SqlClient sql, Instant before, long pieces) {
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(before.atOffset(ZoneOffset.UTC), pieces))
                .map(JobPruneStore::ids);
    }

    /** With their pieces, and the tokens of places: a place that ended lets nobody in any more. */
    Future<Integer> delete(SqlClient sql, List<UUID> jobIds) {
        return sql.preparedQuery(LOCK_TOKENS)
                .execute(array(jobIds))
                .map(JobPruneStore::ids)
                .compose(tokens -> sql.preparedQuery(DELETE_PIECES)
                        .execute(array(jobIds))
                        .compose(gone -> sql.preparedQuery(DELETE_TOKENS).execute(array(tokens))))
                .compose(gone -> sql.preparedQuery(DELETE_JOBS).execute(array(jobIds)))
                .map(RowSet::rowCount);
    }

    private static Tuple array(List<UUID> ids) {
        return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
    }

    private static List<UUID> ids(RowSet<Row> rows) {
        var ids = new ArrayList<UUID>(rows.size());
        rows.forEach(row -> ids.add(row.getUUID("id")));
        return ids;
    }
}
