package io.deskwave.control.desktop;

import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What agents and the rows of desktops say of power actions that are under way. */
public final class PowerProofStore {
    private static final String ACCEPT =
            """
            UPDATE sub_jobs s SET status = 'RUNNING', accepted_epoch = n.epoch
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS n (id, desktop_id, epoch)
            WHERE s.id = n.id AND s.desktop_id = n.desktop_id AND s.action IS NOT NULL
              AND (s.status = 'WAITING' OR s.status = 'RUNNING' AND s.acts_at IS NOT NULL AND s.accepted_epoch IS NULL)
            """;

    /** The users were told, and have time: it is told again only in another session. */
    private static final String NOTE =
            """
            UPDATE sub_jobs s SET status = 'RUNNING', noted_epoch = n.epoch,
                   acts_at = $4::timestamptz + make_interval(secs => n.seconds)
            FROM unnest($1::uuid[], $2::uuid[], $3::int[], $5::bigint[]) AS n (id, desktop_id, seconds, epoch)
            WHERE s.id = n.id AND s.desktop_id = n.desktop_id AND s.notify_message IS NOT NULL AND s.end_time IS NULL
              AND s.accepted_epoch IS NULL
            """;

    private static final String LEAVE_NOTICES_OUT =
            "UPDATE sub_jobs SET notice_left_out = true WHERE id = ANY ($1) AND end_time IS NULL AND NOT notice_left_out";

    private static final String NOT_TOLD =
            " || CASE WHEN s.notice_left_out THEN '; its users were not told: its agent is too old for that' ELSE '' END";

    private static final String FAIL =
            """
            UPDATE sub_jobs s SET status = 'FAILED', end_time = $4, error_code = 'WKS.00211401', reason = n.reason
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (id, desktop_id, reason)
            WHERE s.id = n.id AND s.desktop_id = n.desktop_id AND s.action IS NOT NULL AND s.end_time IS NULL
            RETURNING s.job_id
            """;

    /** A session that was followed by another proves nothing. */
    private static final String SESSIONS_ENDED =
            """
            UPDATE sub_jobs s SET status = 'SUCCESS', end_time = $3,
                   reason = 'the agent took the order, and then its session ended'%s
            FROM unnest($1::uuid[], $2::bigint[]) AS n (desktop_id, epoch)
                JOIN desktops d ON d.id = n.desktop_id AND d.session_epoch = n.epoch
            WHERE s.desktop_id = n.desktop_id AND s.accepted_epoch = n.epoch AND s.end_time IS NULL
              AND s.action IN ('STOP', 'HIBERNATE')
            RETURNING s.job_id, s.desktop_id, s.action, s.accepted_epoch
            """
                    .formatted(NOT_TOLD);

    /** What the rows of the desktops prove; an agent that only lost its way would have been back. */
    private static final String SETTLE =
            """
            WITH proven AS (
                SELECT s.id, d.node_id IS NOT NULL AS online FROM sub_jobs s JOIN desktops d ON d.id = s.desktop_id
                WHERE s.end_time IS NULL AND s.action IS NOT NULL
                  AND (d.node_id IS NOT NULL AND d.session_epoch > s.ordered_epoch
                           AND (s.action = 'START' OR d.boot_id <> s.boot_id)
                       OR d.node_id IS NULL AND s.action IN ('STOP', 'HIBERNATE') AND d.last_seen_at < $2
                           AND (s.accepted_epoch IS NOT NULL OR s.acts_at < $2))
                ORDER BY s.id FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE sub_jobs s SET end_time = $1,
                status = CASE WHEN s.action IN ('STOP', 'HIBERNATE') AND s.accepted_epoch IS NULL AND s.acts_at IS NULL
                    THEN 'FAILED' ELSE 'SUCCESS' END,
                error_code = CASE WHEN s.action IN ('STOP', 'HIBERNATE') AND s.accepted_epoch IS NULL
                    AND s.acts_at IS NULL THEN 'WKS.00211401' END,
                reason = CASE
                    WHEN s.action = 'START' THEN 'the desktop came online'
                    WHEN NOT proven.online THEN 'the agent took the order, its session ended, and it did not come back'
                    WHEN s.action = 'REBOOT' THEN 'the desktop came back with another boot id'
                    WHEN s.accepted_epoch IS NULL AND s.acts_at IS NULL
                        THEN 'the desktop booted anew before its agent could be told: ask for it again'
                    ELSE 'the desktop went down, and came back with another boot id' END%s
            FROM proven WHERE s.id = proven.id
            RETURNING s.job_id, s.desktop_id, s.action, coalesce(s.accepted_epoch, s.noted_epoch) AS accepted_epoch
            """
                    .formatted(NOT_TOLD);

    /** A desktop that came back meanwhile is not hibernated. */
    private static final String MARK_HIBERNATED =
            """
            UPDATE desktops d SET hibernated_at = $3 FROM unnest($1::uuid[], $2::bigint[]) AS n (id, epoch)
            WHERE d.id = n.id AND (d.node_id IS NULL OR d.session_epoch = n.epoch) AND d.deleted_at IS NULL
            """;

    /**
     * What an agent says of an order.
     *
     * @param error null when it took it
     * @param actsInSeconds how much time it gives its users first; null when it is about to act
     */
    public record Taken(UUID orderId, Session session, @Nullable String error, @Nullable Integer actsInSeconds) {
        public Taken(UUID orderId, Session session, @Nullable String error) {
            this(orderId, session, error, null);
        }
    }

    /**
     * What was ended.
     *
     * @param hibernated the desktops that went into hibernation, with the sessions in which their agents said so
     */
    record Ended(Set<UUID> jobIds, List<Session> hibernated) {
        Ended(Set<UUID> jobIds) {
            this(jobIds, List.of());
        }
    }

    Future<Void> accept(SqlClient client, List<Taken> taken) {
        return client.preparedQuery(ACCEPT)
                .execute(answers(taken)
                        .addArrayOfLong(taken.stream()
                                .map(answer -> answer.session().epoch())
                                .toArray(Long[]::new)))
                .mapEmpty();
    }

    Future<Void> note(SqlClient client, List<Taken> waiting, Instant now) {
        return client.preparedQuery(NOTE)
                .execute(answers(waiting)
                        .addArrayOfInteger(
                                waiting.stream().map(Taken::actsInSeconds).toArray(Integer[]::new))
                        .addOffsetDateTime(JobStore.utc(now))
                        .addArrayOfLong(waiting.stream()
                                .map(answer -> answer.session().epoch())
                                .toArray(Long[]::new)))
                .mapEmpty();
    }

    Future<Void> leaveNoticesOut(SqlClient client, List<UUID> orderIds) {
        return client.preparedQuery(LEAVE_NOTICES_OUT)
                .execute(Tuple.tuple().addArrayOfUUID(orderIds.toArray(UUID[]::new)))
                .mapEmpty();
    }

    /** The jobs of those that had not ended. */
    Future<Ended> fail(SqlClient client, List<Taken> refused, Instant now) {
        return client.preparedQuery(FAIL)
                .execute(answers(refused)
                        .addArrayOfString(refused.stream().map(Taken::error).toArray(String[]::new))
                        .addOffsetDateTime(JobStore.utc(now)))
                .map(rows -> new Ended(JobStore.jobIds(rows)));
    }

    /** Ends what the end of these sessions proves; the jobs. */
    Future<Ended> sessionsEnded(SqlClient client, List<Session> sessions, Instant now) {
        return client.preparedQuery(SESSIONS_ENDED)
                .execute(sessions(sessions).addOffsetDateTime(JobStore.utc(now)))
                .map(PowerProofStore::ended);
    }

    /** Ends what the desktops' rows prove; the jobs. */
    Future<Ended> settle(SqlClient client, Instant now, Instant awaySince) {
        return client.preparedQuery(SETTLE)
                .execute(Tuple.of(JobStore.utc(now), JobStore.utc(awaySince)))
                .map(PowerProofStore::ended);
    }

    /** After the transaction that ended them: others lock a desktop before its sub-jobs. */
    Future<Void> markHibernated(SqlClient client, List<Session> hibernated, Instant now) {
        return client.preparedQuery(MARK_HIBERNATED)
                .execute(sessions(hibernated).addOffsetDateTime(JobStore.utc(now)))
                .mapEmpty();
    }

    private static Ended ended(RowSet<Row> rows) {
        var hibernated = new ArrayList<Session>();
        rows.forEach(row -> {
            Long epoch = row.getLong("accepted_epoch");
            if (row.getString("action").equals("HIBERNATE") && epoch != null) {
                hibernated.add(new Session(row.getUUID("desktop_id"), epoch));
            }
        });
        return new Ended(JobStore.jobIds(rows), hibernated);
    }

    private static Tuple sessions(List<Session> sessions) {
        return Tuple.tuple()
                .addArrayOfUUID(sessions.stream().map(Session::desktopId).toArray(UUID[]::new))
                .addArrayOfLong(sessions.stream().map(Session::epoch).toArray(Long[]::new));
    }

    private static Tuple answers(List<Taken> taken) {
        return Tuple.tuple()
                .addArrayOfUUID(taken.stream().map(Taken::orderId).toArray(UUID[]::new))
                .addArrayOfUUID(taken.stream()
                        .map(answer -> answer.session().desktopId())
                        .toArray(UUID[]::new));
    }
}
