package io.deskwave.control.live;

import io.deskwave.control.execution.Ring;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes each viewer's story when its task rings, and every few seconds in case a ring was lost. A ring that comes while a
 * story is being told is not lost. Used on one event loop.
 */
final class Viewers implements Ring {
    private static final Logger LOG = LoggerFactory.getLogger(Viewers.class);

    private static final long RIGHTS_MILLIS = 5_000;

    private final Map<UUID, Set<Watch>> watches = new HashMap<>();

    void start(Vertx vertx, long pollMillis) {
        vertx.setPeriodic(pollMillis, id -> List.copyOf(watches.values()).forEach(Viewers::wakeAll));
        vertx.setPeriodic(
                RIGHTS_MILLIS,
                id -> watches.values().stream().flatMap(Set::stream).toList().forEach(Watch::checkRights));
    }

    @Override
    public void rung(Set<UUID> taskIds, boolean work) {
        if (watches.isEmpty()) {
            return;
        }
        if (taskIds.isEmpty()) {
            List.copyOf(watches.values()).forEach(Viewers::wakeAll);
        }
        for (UUID taskId : taskIds) {
            Set<Watch> some = watches.get(taskId);
            if (some != null) {
                wakeAll(some);
            }
        }
    }

    private static void wakeAll(Set<Watch> some) {
        List.copyOf(some).forEach(Watch::wake);
    }

    /**
     * Begins to tell a story; call the result when the viewer is gone.
     *
     * @param rights fails with an {@link ApiException} when the viewer may not watch any more; asked now and then
     */
    Runnable add(UUID taskId, Story story, Viewer viewer, Supplier<Future<?>> rights) {
        var watch = new Watch(taskId, story, viewer, rights);
        watches.computeIfAbsent(taskId, absent -> new HashSet<>()).add(watch);
        watch.wake();
        return watch::remove;
    }

    void endAll() {
        watches.values().stream().flatMap(Set::stream).toList().forEach(watch -> {
            watch.remove();
            watch.viewer.end();
        });
    }

    private final class Watch {
        private final UUID taskId;
        private final Story story;
        private final Viewer viewer;
        private final Supplier<Future<?>> rights;
        private boolean telling;
        private boolean again;
        private boolean gone;

        Watch(UUID taskId, Story story, Viewer viewer, Supplier<Future<?>> rights) {
            this.taskId = taskId;
            this.story = story;
            this.viewer = viewer;
            this.rights = rights;
        }

        void checkRights() {
            rights.get().onFailure(failure -> {
                if (failure instanceof ApiException && !gone) {
                    LOG.info("a viewer of task {} may not watch any more: {}", taskId, failure.getMessage());
                    remove();
                    viewer.end();
                }
            });
        }

        void wake() {
            if (viewer.isGone()) {
                remove();
            }
            if (gone) {
                return;
            }
            if (telling) {
                again = true;
                return;
            }
            telling = true;
            again = false;
            story.tellNews().onSuccess(this::told).onFailure(this::failed);
        }

        private void told(boolean ended) {
            telling = false;
            if (ended) {
                remove();
                viewer.end();
            } else if (again) {
                wake();
            }
        }

        /** A viewer that is gone was removed; else the database is away, and the next poll tries again. */
        private void failed(Throwable failure) {
            telling = false;
            if (viewer.isGone()) {
                remove();
            } else if (!gone) {
                LOG.warn("the story of task {} waits: {}", taskId, failure.toString());
            }
        }

        void remove() {
            gone = true;
            Set<Watch> some = watches.get(taskId);
            if (some != null && some.remove(this) && some.isEmpty()) {
                watches.remove(taskId);
            }
        }
    }
}
