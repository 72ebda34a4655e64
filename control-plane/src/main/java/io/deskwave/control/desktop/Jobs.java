package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobListStore.Filter;
import io.deskwave.control.desktop.JobListStore.Job;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Reads jobs, forgets their ended pieces, and ends what is overdue. */
public final class Jobs {
    private static final int EXPIRED_AT_ONCE = 1000;

    private final Database database;
    private final JobStore store;
    private final JobListStore lists = new JobListStore();

    public Jobs(Database database, JobStore store) {
        this.database = database;
        this.store = store;
    }

    record Shown(Job job, List<SubJob> subJobs) {}

    Future<Shown> get(String projectId, UUID id) {
        return lists.find(database.client(), projectId, id)
                .map(found -> found.orElseThrow(
                        () -> new ApiException.NotFound("there is no job " + id + " in this project")))
                .compose(job -> lists.listOfJob(database.client(), id).map(subJobs -> new Shown(job, subJobs)));
    }

    Future<Page<SubJob>> list(String projectId, Filter filter, int limit, int offset) {
        return lists.list(database.client(), projectId, filter, limit, offset);
    }

    /** All or none: each has to be there and to have ended. */
    Future<Void> deleteSubJobs(String projectId, List<UUID> ids) {
        return database.inTransaction(tx -> lists.findEnded(tx, projectId, ids).compose(found -> {
            for (UUID id : ids) {
                if (!found.containsKey(id)) {
                    throw subJobNotFound(id);
                }
                if (!found.get(id)) {
                    throw new ApiException.Conflict(
                            "sub-job " + id + " belongs to a job that has not ended: wait for its end");
                }
            }
            return store.deleteEnded(tx, projectId, ids, null);
        }));
    }

    Future<Void> deleteByStatus(String projectId, String status) {
        return store.deleteEnded(database.client(), projectId, null, status);
    }

    /** Ends what is overdue, on any node, several at once too; the number of sub-jobs. */
    public Future<Integer> expire(Instant now) {
        return database.inTransaction(tx -> store.expire(tx, now, EXPIRED_AT_ONCE)
                        .compose(jobIds -> store.close(tx, jobIds, now).map(jobIds.size())))
                .compose(ended -> ended == EXPIRED_AT_ONCE
                        ? expire(now).map(more -> ended + more)
                        : Future.succeededFuture(ended));
    }

    /** A deleted desktop's power actions end with it, in the transaction that deletes it. */
    public Future<Void> desktopGone(SqlConnection tx, UUID desktopId, Instant now) {
        return store.failOfDesktop(tx, desktopId, now, "the desktop was deleted")
                .compose(jobIds -> store.close(tx, jobIds, now));
    }

    /** A deleted pool's places go with it. */
    static Future<Void> poolGone(JobStore store, SqlConnection tx, UUID poolId, Instant now) {
        Future<Set<UUID>> failed = store.failPlacesOfPool(tx, poolId, now, "the pool was deleted");
        return failed.compose(jobIds -> store.close(tx, jobIds, now));
    }

    static ApiException subJobNotFound(Object id) {
        return new ApiException.NotFound("there is no sub-job " + id + " in this project");
    }
}
