package io.deskwave.control.execution;

import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.UUID;

/** Which task a {@link RequestKey} made. Two requests with one key wait for each other; the second finds the task of the first. */
final class RequestKeyStore {
    private static final String TAKE =
            """
            INSERT INTO execution_request_keys (project_id, user_id, request_key, fingerprint, task_id)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """;

    private static final String FIND =
            """
            SELECT k.task_id, k.fingerprint, t.gray_fail_threshold, cardinality(t.gray_resource_ids) AS gray,
                   cardinality(t.resource_ids) AS desktops
            FROM execution_request_keys k JOIN execution_tasks t ON t.id = k.task_id
            WHERE k.project_id = $1 AND k.user_id = $2 AND k.request_key = $3
            """;

    /** Empty when the key is new and now stands for this task; else what it was accepted for before. */
    Future<Optional<Executions.Accepted>> take(SqlConnection tx, String projectId, RequestKey key, UUID taskId) {
        return tx.preparedQuery(TAKE)
                .execute(Tuple.of(projectId, key.userId(), key.key(), key.fingerprint(), taskId))
                .compose(taken -> taken.rowCount() == 1
                        ? Future.succeededFuture(Optional.empty())
                        : tx.preparedQuery(FIND)
                                .execute(Tuple.of(projectId, key.userId(), key.key()))
                                .map(rows -> rows.rowCount() == 0
                                        ? gone()
                                        : Optional.of(accepted(rows.iterator().next(), key))));
    }

    /** Its task was removed between the two statements. */
    private static Optional<Executions.Accepted> gone() {
        throw new ApiException.Conflict(
                "the task of this " + RequestKey.HEADER + " was removed at this moment: send a new key");
    }

    private static Executions.Accepted accepted(Row row, RequestKey key) {
        if (!row.getString("fingerprint").equals(key.fingerprint())) {
            throw new ApiException.Conflict("this " + RequestKey.HEADER
                    + " was sent with another request before, which made task " + row.getUUID("task_id")
                    + ": send a new key for a new request");
        }
        int gray = row.getInteger("gray");
        String rule = GrayGate.rule(gray, row.getInteger("desktops") - gray, row.getInteger("gray_fail_threshold"));
        return new Executions.Accepted(row.getUUID("task_id"), rule, true);
    }
}
