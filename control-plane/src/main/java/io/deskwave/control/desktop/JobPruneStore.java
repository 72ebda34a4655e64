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

    /** The oldest few, with some thousand pieces together; one that has more goes alone. Counts no further than that. */
    private static final String FIND =
            """
            SELECT id FROM (
                SELECT j.id, sum(p.pieces) OVER (ORDER BY j.end_time, j.id) AS pieces,
                       row_number() OVER (ORDER BY j.end_time, j.id) AS place
                FROM (SELECT id, end_time FROM jobs WHERE end_time IS NOT NULL AND end_time < $1
                      ORDER BY end_time, id LIMIT 20) AS j
                CROSS JOIN LATERAL (SELECT count(*) AS pieces FROM (
                    SELECT FROM sub_jobs s WHERE s.job_id = j.id LIMIT $2::bigint + 1) AS counting) AS p) AS counted
            WHERE pieces <= $2::bigint OR place = 1
            """;

    private static final String FIND_PIECES = "SELECT id, token_id FROM sub_jobs WHERE job_id = ANY($1) LIMIT $2";

    private static final String LOCK_TOKENS =
            "SELECT id FROM enrollment_tokens WHERE id = ANY($1) ORDER BY id FOR UPDATE";

    private static final String DELETE_PIECES = "DELETE FROM sub_jobs WHERE id = ANY($1)";
    private static final String DELETE_TOKENS = "DELETE FROM enrollment_tokens WHERE id = ANY($1)";

    private static final String DELETE_JOBS =
            """
            DELETE FROM jobs j WHERE j.id = ANY($1)
              AND NOT EXISTS (SELECT FROM sub_jobs s WHERE s.job_id = j.id)
            """;

    /** Whether this transaction is the only one that prunes jobs, on any node, until it ends. */
    Future<Boolean> tryAlone(SqlClient sql) {
        return sql.preparedQuery(TRY_ALONE)
                .execute(Tuple.of(PRUNING))
                .map(rows -> rows.iterator().next().getBoolean("alone"));
    }

    Future<List<UUID>> find(SqlClient sql, Instant before, long pieces) {
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(before.atOffset(ZoneOffset.UTC), pieces))
                .map(rows -> ids(rows, "id"));
    }

    /**
     * So many of their pieces, with the tokens of places: a place that ended lets nobody in any more. Then the jobs that have
     * none left. Answers how many jobs and pieces that were.
     */
    Future<Integer> delete(SqlClient sql, List<UUID> jobIds, long most) {
        return sql.preparedQuery(FIND_PIECES)
                .execute(array(jobIds).addLong(most))
                .compose(found -> {
                    List<UUID> pieces = ids(found, "id");
                    List<UUID> tokens = ids(found, "token_id");
                    return sql.preparedQuery(LOCK_TOKENS)
                            .execute(array(tokens))
                            .compose(locked -> sql.preparedQuery(DELETE_PIECES).execute(array(pieces)))
                            .compose(gone -> sql.preparedQuery(DELETE_TOKENS).execute(array(tokens)))
                            .compose(gone -> sql.preparedQuery(DELETE_JOBS).execute(array(jobIds)))
                            .map(gone -> gone.rowCount() + pieces.size());
                });
    }

    private static Tuple array(List<UUID> ids) {
        return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
    }

    private static List<UUID> ids(RowSet<Row> rows, String column) {
        var ids = new ArrayList<UUID>(rows.size());
        for (Row row : rows) {
            UUID id = row.getUUID(column);
            if (id != null) {
                ids.add(id);
            }
        }
        return ids;
    }
}
