package io.deskwave.control.desktop;

import io.deskwave.control.desktop.SnapshotOrders.News;
import io.deskwave.control.desktop.SnapshotOrders.Untold;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** Snapshots that agents make, in the rows of their orders. */
final class SnapshotOrderStore {
    private static final String LIST_UNTOLD =
            """
            SELECT s.id, s.desktop_id, s.status = 'RUNNING' AS taken, c.answered_at, s.deadline, d.session_epoch
            FROM provider_calls c JOIN sub_jobs s ON s.id = c.sub_job_id JOIN desktops d ON d.id = s.desktop_id
            WHERE s.end_time IS NULL AND s.action = 'CREATE_SNAPSHOT' AND c.result = 'unsupported' AND d.node_id = $1
            ORDER BY s.no LIMIT $2
            """;

    private static final String THEIRS =
            """
            WHERE s.id = n.id AND s.desktop_id = n.desktop_id AND s.action = 'CREATE_SNAPSHOT' AND s.end_time IS NULL
              AND EXISTS (SELECT FROM provider_calls c WHERE c.sub_job_id = s.id AND c.result = 'unsupported')
            """;

    private static final String TAKE =
            "UPDATE sub_jobs s SET status = 'RUNNING' FROM unnest($1::uuid[], $2::uuid[]) AS n (id, desktop_id) "
                    + THEIRS;

    private static final String END =
            """
            UPDATE sub_jobs s SET status = CASE WHEN n.done THEN 'SUCCESS' ELSE 'FAILED' END, end_time = $5,
                   error_code = CASE WHEN n.done THEN NULL ELSE 'WKS.00211401' END, reason = n.reason
            FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::text[]) AS n (id, desktop_id, done, reason)
            """
                    + THEIRS + "RETURNING s.job_id";

    Future<List<Untold>> listUntold(SqlClient client, UUID nodeId, int most) {
        return client.preparedQuery(LIST_UNTOLD).execute(Tuple.of(nodeId, most)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(row -> new Untold(
                        row.getUUID("id"),
                        row.getUUID("desktop_id"),
                        row.getBoolean("taken"),
                        row.getOffsetDateTime("answered_at").toInstant(),
                        row.getOffsetDateTime("deadline").toInstant(),
                        row.getLong("session_epoch")))
                .toList());
    }

    Future<Void> take(SqlClient client, List<News> news) {
        return client.preparedQuery(TAKE).execute(named(news)).mapEmpty();
    }

    /** The jobs of those that this ended. */
    Future<Set<UUID>> end(SqlClient client, List<News> news, Instant now) {
        return client.preparedQuery(END)
                .execute(named(news)
                        .addArrayOfBoolean(news.stream().map(News::isDone).toArray(Boolean[]::new))
                        .addArrayOfString(news.stream().map(News::reason).toArray(String[]::new))
                        .addOffsetDateTime(JobStore.utc(now)))
                .map(JobStore::jobIds);
    }

    private static Tuple named(List<News> news) {
        return Tuple.tuple()
                .addArrayOfUUID(news.stream().map(News::orderId).toArray(UUID[]::new))
                .addArrayOfUUID(news.stream().map(News::desktopId).toArray(UUID[]::new));
    }
}
