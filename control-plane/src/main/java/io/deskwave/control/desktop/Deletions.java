package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** Deletes many desktops: a job with a sub-job for each. */
public final class Deletions {
    private static final Duration DELETE_WITHIN = Duration.ofMinutes(10);

    private final Database database;
    private final DesktopStore store;
    private final Desktops desktops;
    private final JobStore jobs;
    private final InstantSource clock;

    public Deletions(Database database, DesktopStore store, Desktops desktops, JobStore jobs, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.desktops = desktops;
        this.jobs = jobs;
        this.clock = clock;
    }

    /** One after the other: one that cannot be deleted leaves the others deleted. The ids as the caller wrote them. */
    Future<UUID> delete(String projectId, List<String> desktopIds) {
        Instant now = clock.instant();
        var head = new JobStore.Head(projectId, "deleteDesktops", null, now, now.plus(DELETE_WITHIN));
        List<UUID> ids = desktopIds.stream()
                .flatMap(text -> Uuids.parse(text).stream())
                .distinct()
                .toList();
        return database.inTransaction(
                        tx -> store.findTargets(tx, projectId, ids).compose(found -> {
                            if (found.isEmpty()) {
                                throw new ApiException.NotFound("none of desktop_ids is a desktop of this project: "
                                        + String.join(", ", desktopIds));
                            }
                            List<SubJob.New> subJobs = deletions(desktopIds, found);
                            return jobs.insert(tx, head).compose(jobId -> jobs.insertSubJobs(tx, jobId, head, subJobs)
                                    .map(new Deletion(jobId, subJobs)));
                        }))
                .compose(deletion -> {
                    Future<Void> done = Future.succeededFuture();
                    for (SubJob.New subJob : deletion.subJobs()) {
                        if (subJob.status() == SubJob.Status.WAITING) {
                            done = done.compose(before -> deleteOne(projectId, deletion.jobId(), subJob));
                        }
                    }
                    return done.map(deletion.jobId());
                });
    }

    private record Deletion(UUID jobId, List<SubJob.New> subJobs) {}

    private static List<SubJob.New> deletions(List<String> desktopIds, List<DesktopStore.Target> found) {
        Map<UUID, DesktopStore.Target> byId = new HashMap<>();
        found.forEach(target -> byId.put(target.id(), target));
        return desktopIds.stream()
                .distinct()
                .map(text -> Uuids.parse(text)
                        .map(byId::get)
                        .map(target -> SubJob.New.ofDesktop(target.id(), target.name()))
                        .orElseGet(() -> SubJob.New.failed(
                                null, "", PowerJobs.UNKNOWN, "there is no desktop " + text + " in this project")))
                .toList();
    }

    private Future<Void> deleteOne(String projectId, UUID jobId, SubJob.New subJob) {
        var deleted = new JobStore.Ending(subJob.id(), SubJob.Status.SUCCESS, null, "");
        return desktops.delete(projectId, Objects.requireNonNull(subJob.desktopId()), tx -> finish(tx, jobId, deleted))
                .recover(failure -> failure instanceof ApiException known
                        ? database.inTransaction(tx -> finish(tx, jobId, refused(subJob, known)))
                        : Future.failedFuture(failure));
    }

    private static JobStore.Ending refused(SubJob.New subJob, ApiException why) {
        return new JobStore.Ending(subJob.id(), SubJob.Status.FAILED, why.code(), String.valueOf(why.getMessage()));
    }

    private Future<Void> finish(SqlConnection tx, UUID jobId, JobStore.Ending ending) {
        return jobs.finish(tx, List.of(ending), clock.instant())
                .compose(ended -> jobs.close(tx, List.of(jobId), clock.instant()));
    }
}
