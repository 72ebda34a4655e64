package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.AttachStore.Attached;
import io.deskwave.control.desktop.AttachStore.Detached;
import io.deskwave.control.desktop.AttachStore.Wanted;
import io.deskwave.control.desktop.PowerJobs.Refused;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Assigns desktops to users and takes them away again: done at once, as a job with a sub-job for each. */
public final class Attachments {
    private final Database database;
    private final JobStore jobs;
    private final InstantSource clock;
    private final AttachStore store = new AttachStore();

    public Attachments(Database database, JobStore jobs, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
    }

    /** @param desktopId as the caller wrote it */
    record Attachment(String desktopId, @Nullable String name, JsonObject user) {}

    /** @param jobId null when there was nothing to do */
    record Detachment(@Nullable UUID jobId, List<Refused> refused) {
        Detachment {
            refused = List.copyOf(refused);
        }
    }

    /** Those that are not in the project are sub-jobs that failed. */
    Future<UUID> attach(String projectId, List<Attachment> attachments) {
        List<Wanted> wanted = attachments.stream()
                .flatMap(each ->
                        Uuids.parse(each.desktopId()).map(id -> new Wanted(id, each.name(), each.user())).stream())
                .toList();
        return database.inTransactionAgain(
                tx -> store.attach(tx, projectId, wanted).compose(attached -> {
                    requireSome(
                            attached,
                            attachments.stream().map(Attachment::desktopId).toList());
                    return insert(
                            tx,
                            projectId,
                            "attachDesktops",
                            attachments.stream()
                                    .map(each -> subJob(each, attached))
                                    .toList());
                }));
    }

    Future<Detachment> detach(String projectId, List<String> desktopIds) {
        List<UUID> ids =
                desktopIds.stream().flatMap(text -> Uuids.parse(text).stream()).toList();
        return database.inTransactionAgain(
                tx -> store.detach(tx, projectId, ids).compose(detached -> {
                    requireSome(detached, desktopIds);
                    var refused = new ArrayList<Refused>();
                    var done = new ArrayList<SubJob.New>();
                    for (String text : desktopIds) {
                        Detached desktop = Uuids.parse(text).map(detached::get).orElse(null);
                        if (desktop == null) {
                            refused.add(new Refused(text, null, PowerJobs.UNKNOWN, unknown(text)));
                        } else if (desktop.hibernated()) {
                            refused.add(new Refused(
                                    text,
                                    desktop.name(),
                                    PowerJobs.CONFLICT,
                                    "the desktop hibernates: start it first"));
                        } else {
                            done.add(ended(desktop.desktopId(), desktop.name(), said(desktop), desktop.before()));
                        }
                    }
                    return done.isEmpty()
                            ? Future.succeededFuture(new Detachment(null, refused))
                            : insert(tx, projectId, "detachDesktops", done)
                                    .map(jobId -> new Detachment(jobId, refused));
                }));
    }

    private static void requireSome(Map<UUID, ?> found, List<String> desktopIds) {
        if (found.isEmpty()) {
            throw new ApiException.NotFound(
                    "none of these is a desktop of this project: " + String.join(", ", desktopIds));
        }
    }

    private static SubJob.New subJob(Attachment wanted, Map<UUID, Attached> attached) {
        Attached desktop = Uuids.parse(wanted.desktopId()).map(attached::get).orElse(null);
        if (desktop == null) {
            return SubJob.New.failed(null, "", PowerJobs.UNKNOWN, unknown(wanted.desktopId()));
        }
        String user = wanted.user().getString("user_name");
        return ended(
                desktop.desktopId(),
                desktop.name(),
                user.equalsIgnoreCase(desktop.before()) ? "the desktop was this user's already" : "",
                user);
    }

    private static String said(Detached desktop) {
        return desktop.before() == null ? "the desktop was nobody's" : "";
    }

    private static SubJob.New ended(UUID desktopId, String name, String reason, @Nullable String user) {
        return new SubJob.New(
                UUID.randomUUID(),
                desktopId,
                name,
                SubJob.Status.SUCCESS,
                null,
                reason,
                null,
                null,
                user == null ? new JsonObject() : new JsonObject().put("user_name", user));
    }

    private static String unknown(String id) {
        return "there is no desktop " + id + " in this project";
    }

    private Future<UUID> insert(SqlConnection tx, String projectId, String jobType, List<SubJob.New> subJobs) {
        var now = clock.instant();
        var head = new JobStore.Head(projectId, jobType, null, now, now.plus(Duration.ofMinutes(1)));
        return jobs.insert(tx, head).compose(jobId -> jobs.insertSubJobs(tx, jobId, head, subJobs)
                .compose(made -> jobs.close(tx, List.of(jobId), now))
                .map(jobId));
    }
}
