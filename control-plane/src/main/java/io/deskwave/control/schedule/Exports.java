package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Paging;
import io.deskwave.control.http.Uuids;
import io.deskwave.control.schedule.ExportStore.Filter;
import io.deskwave.control.schedule.ExportTask.Status;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What can be done with exported files: asked for, listed, downloaded and deleted. An {@link ExportMaker} makes them. */
public final class Exports {
    private final Database database;
    private final InstantSource clock;
    private final ExportLimits limits;
    private final Runnable ring;
    private final ExportStore store = new ExportStore();
    private final ExportWorkStore work = new ExportWorkStore();
    private final ScheduledTaskStore tasks = new ScheduledTaskStore();

    public Exports(Database database, InstantSource clock, Runnable wake) {
        this(database, clock, ExportLimits.USUAL, wake);
    }

    /** @param ring runs when there is something to make */
    Exports(Database database, InstantSource clock, ExportLimits limits, Runnable ring) {
        this.database = database;
        this.clock = clock;
        this.limits = limits;
        this.ring = ring;
    }

    /**
     * What is asked for.
     *
     * @param zone null for the task's own
     * @param from null for the first firing on
     * @param until null for those up to now
     */
    record Wish(
            ExportFormat format,
            ExportLanguage language,
            @Nullable ZoneId zone,
            @Nullable Instant from,
            @Nullable Instant until) {}

    /** The id of the export task. */
    Future<UUID> create(String projectId, UUID taskId, Wish wish) {
        Instant now = clock.instant();
        return tasks.find(database.client(), projectId, taskId)
                .map(found -> found.orElseThrow(() -> ScheduledTasks.unknown(taskId, "")))
                .compose(task -> store.countKept(database.client(), projectId)
                        .map(this::requireRoom)
                        .map(room -> spec(task, wish, now))
                        .compose(spec -> store.insert(
                                database.client(),
                                projectId,
                                spec,
                                ExportFileName.of(task.request().getString("task_name"), spec, now),
                                now)))
                .onSuccess(id -> ring.run());
    }

    private boolean requireRoom(ExportStore.Kept now) {
        if (now.waiting() >= limits.waiting()) {
            throw new ApiException.Conflict(
                    now.waiting() + " exports of this project are not done yet: wait for them, or delete some");
        }
        if (now.kept() >= limits.kept()) {
            throw new ApiException.Conflict("this project has " + now.kept() + " export tasks: delete some");
        }
        return true;
    }

    private static ExportSpec spec(ScheduledTask task, Wish wish, Instant now) {
        ZoneId zone = wish.zone() != null
                ? wish.zone()
                : Zones.parse(
                        Timing.TIME_ZONE, Objects.requireNonNull(task.request().getString(Timing.TIME_ZONE)));
        return new ExportSpec(
                task.id(),
                wish.format(),
                wish.language(),
                zone,
                Objects.requireNonNullElse(wish.from(), Instant.EPOCH),
                wish.until() == null || wish.until().isAfter(now) ? now : wish.until());
    }

    Future<ExportStore.Page> list(String projectId, Filter filter, boolean oldestFirst, Paging page) {
        return store.list(database.client(), projectId, filter, oldestFirst, page, clock.instant());
    }

    /** All or none. */
    Future<Void> delete(String projectId, List<String> ids) {
        Set<UUID> wanted = new LinkedHashSet<>();
        ids.forEach(id -> wanted.add(Uuids.parse(id).orElseThrow(() -> unknown(id, "; nothing was deleted"))));
        Instant now = clock.instant();
        return database.inTransaction(
                        tx -> store.delete(tx, projectId, wanted, now).map(deleted -> {
                            wanted.stream()
                                    .filter(id -> !deleted.contains(id))
                                    .findFirst()
                                    .ifPresent(id -> {
                                        throw unknown(id, "; nothing was deleted");
                                    });
                            return deleted;
                        }))
                .mapEmpty();
    }

    /** One whose file can be read now. */
    Future<ExportTask> getReadable(String projectId, UUID id) {
        return store.find(database.client(), projectId, id, clock.instant())
                .map(found -> found.orElseThrow(() -> unknown(id, "")))
                .map(Exports::requireReadable);
    }

    private static ExportTask requireReadable(ExportTask task) {
        String text =
                switch (task.status()) {
                    case SUCCESS -> "";
                    case CREATING -> "is not made yet: ask again in a few seconds";
                    case FAIL -> "could not be made: " + task.failReason();
                    case EXPIRED -> "has expired: export the records again";
                };
        if (task.status() != Status.SUCCESS) {
            throw new ApiException.Conflict("the file of export task " + task.id() + " " + text);
        }
        return task;
    }

    /** A piece of a file; empty after the last. */
    Future<Optional<Buffer>> read(ExportTask task, int chunkNo) {
        return work.read(database.client(), task, chunkNo);
    }

    Future<Void> markDownloaded(ExportTask task) {
        return store.markDownloaded(database.client(), task.id());
    }

    private static ApiException unknown(Object id, String more) {
        return new ApiException.NotFound(
                String.format(Locale.ROOT, "there is no export task %s in this project%s", id, more));
    }
}
