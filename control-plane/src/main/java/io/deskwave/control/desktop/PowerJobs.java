package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobStore.Head;
import io.deskwave.control.desktop.PowerPlan.Decision;
import io.deskwave.control.desktop.PowerPlan.Standing;
import io.deskwave.control.desktop.SubJob.PowerOrder;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Begins power actions on desktops: a job with a sub-job for each, which ends as {@link PowerProofs} says. */
public final class PowerJobs {
    /** Where the nodes hear of new orders. */
    public static final String CHANNEL = "deskwave_power";

    static final String UNKNOWN = "WKS.00211902";
    /** It does not apply to the desktop as it stands, or another action is under way. */
    public static final String CONFLICT = "WKS.00010032";

    private final Database database;
    private final JobStore jobs;
    private final PoolStore pools;
    private final PowerStore store = new PowerStore();
    private final InstantSource clock;

    public PowerJobs(Database database, JobStore jobs, PoolStore pools, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.pools = pools;
        this.clock = clock;
    }

    /**
     * What is asked for; the minutes bound the waiting for its proof.
     *
     * @param notice null when the users are told nothing
     */
    public record Action(PowerOp op, boolean force, @Nullable Notice notice, int timeoutMinutes) {}

    /** What the users of a desktop are told before, and for how many seconds they have time then. */
    public record Notice(String message, int seconds) {}

    /** A desktop that nothing was begun for. */
    record Refused(String desktopId, @Nullable String desktopName, String code, String message) {}

    /** @param jobId null when nothing was begun at all */
    record Begun(@Nullable UUID jobId, List<Refused> refused) {
        Begun {
            refused = List.copyOf(refused);
        }
    }

    /** On these desktops; the ids in the order and the words of the caller. */
    Future<Begun> begin(String projectId, List<String> desktopIds, Action action) {
        List<UUID> ids =
                desktopIds.stream().flatMap(text -> Uuids.parse(text).stream()).toList();
        Head head = head(projectId, "operateDesktops", null, action);
        return database.inTransactionAgain(
                tx -> store.findStandings(tx, projectId, ids).compose(found -> {
                    List<Refused> refused = unknown(desktopIds, found);
                    if (found.isEmpty()) {
                        throw new ApiException.NotFound(
                                "none of desktop_ids is a desktop of this project: " + String.join(", ", desktopIds));
                    }
                    var accepted = new ArrayList<SubJob.New>();
                    for (Standing desktop : inOrder(found, desktopIds)) {
                        SubJob.New subJob = subJob(desktop, action);
                        if (subJob.status() == SubJob.Status.FAILED) {
                            refused.add(refused(subJob));
                        } else {
                            accepted.add(subJob);
                        }
                    }
                    return accepted.isEmpty()
                            ? Future.succeededFuture(new Begun(null, refused))
                            : insert(tx, head, accepted, refused);
                }));
    }

    private Future<Begun> insert(SqlConnection tx, Head head, List<SubJob.New> accepted, List<Refused> refused) {
        return jobs.insert(tx, head)
                .compose(jobId -> jobs.insertSubJobs(tx, jobId, head, accepted).compose(made -> {
                    accepted.stream()
                            .filter(subJob -> !made.contains(subJob.id()))
                            .forEach(subJob -> refused.add(refused(busy(subJob))));
                    return made.isEmpty()
                            ? jobs.delete(tx, jobId).map(new Begun(null, refused))
                            : begun(tx, jobId, head.now()).map(new Begun(jobId, refused));
                }));
    }

    /** On all desktops of a pool; those that it cannot be done to are sub-jobs that failed. */
    Future<UUID> beginInPool(String projectId, UUID poolId, Action action) {
        Head head = head(projectId, "executeDesktopsAction", poolId, action);
        return database.inTransactionAgain(tx -> pools.find(tx, projectId, poolId)
                .map(found -> found.orElseThrow(() -> Pools.notFound(poolId)))
                .compose(pool -> store.listPoolStandings(tx, projectId, poolId))
                .compose(found -> {
                    if (found.isEmpty()) {
                        throw new ApiException.Conflict("pool " + poolId + " has no desktops: put some into it first");
                    }
                    return begin(tx, head, found, action);
                }));
    }

    /** An action on some desktops. */
    public record Order(List<UUID> desktopIds, Action action) {
        public Order {
            desktopIds = List.copyOf(desktopIds);
        }
    }

    /** One order, in the caller's transaction. */
    public Future<UUID> begin(SqlConnection tx, String projectId, List<UUID> desktopIds, Action action) {
        return begin(tx, projectId, List.of(new Order(desktopIds, action))).map(jobIds -> jobIds.get(0));
    }

    /**
     * On desktops of a project, in the caller's transaction, which locks all of them at once. What cannot be done to a desktop
     * is a sub-job that failed, with {@link #CONFLICT} when it did not apply to it now. The job of each order, in their order;
     * desktops that are not there are passed over.
     */
    public Future<List<UUID>> begin(SqlConnection tx, String projectId, List<Order> orders) {
        List<UUID> all = orders.stream()
                .flatMap(order -> order.desktopIds().stream())
                .distinct()
                .toList();
        return store.findStandings(tx, projectId, all).compose(found -> {
            Map<UUID, Standing> byId = new HashMap<>();
            found.forEach(desktop -> byId.put(desktop.id(), desktop));
            var jobIds = new ArrayList<UUID>();
            Future<Void> done = Future.succeededFuture();
            for (Order order : orders) {
                List<Standing> its = order.desktopIds().stream()
                        .flatMap(id -> Optional.ofNullable(byId.get(id)).stream())
                        .toList();
                Head head = head(projectId, jobType(order.action().op()), null, order.action());
                done = done.compose(nothing -> begin(tx, head, its, order.action()))
                        .map(jobId -> {
                            jobIds.add(jobId);
                            return null;
                        });
            }
            return done.map(jobIds);
        });
    }

    private static String jobType(PowerOp op) {
        return switch (op) {
            case START, STOP, REBOOT, HIBERNATE -> "operateDesktops";
            case REBUILD -> "rebuildDesktops";
            case CREATE_SNAPSHOT -> "createSnapshots";
        };
    }

    private Future<UUID> begin(SqlConnection tx, Head head, List<Standing> found, Action action) {
        List<SubJob.New> subJobs = found.stream()
                .sorted(Comparator.comparing(Standing::name).thenComparing(Standing::id))
                .map(desktop -> subJob(desktop, action))
                .toList();
        return jobs.insert(tx, head).compose(jobId -> jobs.insertSubJobs(tx, jobId, head, subJobs)
                .compose(made -> insertBusy(tx, jobId, head, subJobs, made))
                .compose(done -> begun(tx, jobId, head.now()))
                .map(jobId));
    }

    private Future<Set<UUID>> insertBusy(
            SqlConnection tx, UUID jobId, Head head, List<SubJob.New> subJobs, Set<UUID> made) {
        List<SubJob.New> busy = subJobs.stream()
                .filter(subJob -> !made.contains(subJob.id()))
                .map(PowerJobs::busy)
                .toList();
        return busy.isEmpty() ? Future.succeededFuture(Set.of()) : jobs.insertSubJobs(tx, jobId, head, busy);
    }

    private Future<Void> begun(SqlConnection tx, UUID jobId, Instant now) {
        return jobs.close(tx, Set.of(jobId), now)
                .compose(closed -> Database.announce(tx, CHANNEL, List.of(jobId.toString())));
    }

    private Head head(String projectId, String jobType, @Nullable UUID poolId, Action action) {
        // PostgreSQL keeps microseconds, and what is signed must be the same each time it is told.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Notice notice = action.notice();
        Duration timeToAct =
                Duration.ofMinutes(action.timeoutMinutes()).plusSeconds(notice == null ? 0 : notice.seconds());
        return new Head(projectId, jobType, poolId, now, now.plus(timeToAct));
    }

    private static SubJob.New subJob(Standing desktop, Action action) {
        Decision decision = PowerPlan.decide(action.op(), desktop);
        if (decision instanceof Decision.Done done) {
            return SubJob.New.succeeded(desktop.id(), desktop.name(), done.reason());
        }
        if (decision instanceof Decision.Refused refused) {
            return SubJob.New.failed(desktop.id(), desktop.name(), CONFLICT, refused.reason());
        }
        return SubJob.New.ordered(
                desktop.id(),
                desktop.name(),
                new PowerOrder(action.op(), action.force(), action.notice(), desktop.bootId(), desktop.epoch()));
    }

    private static SubJob.New busy(SubJob.New subJob) {
        return SubJob.New.failed(
                subJob.desktopId(),
                subJob.desktopName(),
                CONFLICT,
                "another power action, rebuild or snapshot of this desktop is under way: wait for its end");
    }

    private static Refused refused(SubJob.New failed) {
        return new Refused(
                String.valueOf(failed.desktopId()),
                failed.desktopName(),
                Optional.ofNullable(failed.errorCode()).orElse(CONFLICT),
                failed.reason());
    }

    private static List<Refused> unknown(List<String> desktopIds, List<Standing> found) {
        Set<UUID> known = new HashSet<>();
        found.forEach(desktop -> known.add(desktop.id()));
        var unknown = new ArrayList<Refused>();
        desktopIds.stream()
                .distinct()
                .filter(text -> Uuids.parse(text).filter(known::contains).isEmpty())
                .forEach(text -> unknown.add(
                        new Refused(text, null, UNKNOWN, "there is no desktop " + text + " in this project")));
        return unknown;
    }

    private static List<Standing> inOrder(List<Standing> found, List<String> desktopIds) {
        Map<UUID, Standing> byId = new HashMap<>();
        found.forEach(desktop -> byId.put(desktop.id(), desktop));
        return desktopIds.stream()
                .flatMap(text -> Uuids.parse(text).stream())
                .distinct()
                .flatMap(id -> Optional.ofNullable(byId.get(id)).stream())
                .toList();
    }
}
