package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobStore.Head;
import io.deskwave.control.desktop.PowerPlan.Decision;
import io.deskwave.control.desktop.PowerPlan.Standing;
import io.deskwave.control.desktop.PowerStore.Ended;
import io.deskwave.control.desktop.PowerStore.Taken;
import io.deskwave.control.desktop.PowerStore.Untold;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.desktop.SubJob.PowerOrder;
import io.deskwave.control.http.ApiException;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Power actions on desktops: a job with a sub-job for each. A sub-job ends on proof: the hello of a start, another boot id of
 * a reboot, the end of the session after the agent took a stop or a hibernation. The orders are rows; whoever holds a
 * desktop's session tells its agent until it answers.
 */
public final class PowerJobs {
    /** Where the nodes hear of new orders. */
    public static final String CHANNEL = "deskwave_power";

    static final String UNKNOWN = "WKS.00211902";
    static final String CONFLICT = "WKS.00010032";

    private static final int MOST_TOLD = 2000;
    /** An agent that only lost its way is back within this. */
    private static final Duration AWAY = Duration.ofSeconds(90);

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

    /** What is asked for; the minutes bound the waiting for its proof. */
    record Action(PowerOp op, boolean force, int timeoutMinutes) {}

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
        List<UUID> ids = desktopIds.stream()
                .flatMap(text -> DesktopQuery.id(text).stream())
                .toList();
        Head head = head(projectId, "operateDesktops", null, action);
        return retried(tx -> store.findStandings(tx, projectId, ids).compose(found -> {
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
        return retried(tx -> pools.find(tx, projectId, poolId)
                .map(found -> found.orElseThrow(() -> Pools.notFound(poolId)))
                .compose(pool -> store.listPoolStandings(tx, projectId, poolId))
                .compose(found -> {
                    if (found.isEmpty()) {
                        throw new ApiException.Conflict("pool " + poolId + " has no desktops: put some into it first");
                    }
                    found.sort(Comparator.comparing(Standing::name).thenComparing(Standing::id));
                    List<SubJob.New> subJobs = found.stream()
                            .map(desktop -> subJob(desktop, action))
                            .toList();
                    return jobs.insert(tx, head).compose(jobId -> jobs.insertSubJobs(tx, jobId, head, subJobs)
                            .compose(made -> insertBusy(tx, jobId, head, subJobs, made))
                            .compose(done -> begun(tx, jobId, head.now()))
                            .map(jobId));
                }));
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
        return new Head(projectId, jobType, poolId, now, now.plus(Duration.ofMinutes(action.timeoutMinutes())));
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
                new PowerOrder(action.op(), action.force(), desktop.bootId(), desktop.epoch()));
    }

    private static SubJob.New busy(SubJob.New subJob) {
        return SubJob.New.failed(
                subJob.desktopId(),
                subJob.desktopName(),
                CONFLICT,
                "another power action on this desktop is under way: wait for its end");
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
                .filter(text -> DesktopQuery.id(text).filter(known::contains).isEmpty())
                .forEach(text -> unknown.add(
                        new Refused(text, null, UNKNOWN, "there is no desktop " + text + " in this project")));
        return unknown;
    }

    private static List<Standing> inOrder(List<Standing> found, List<String> desktopIds) {
        Map<UUID, Standing> byId = new HashMap<>();
        found.forEach(desktop -> byId.put(desktop.id(), desktop));
        return desktopIds.stream()
                .flatMap(text -> DesktopQuery.id(text).stream())
                .distinct()
                .flatMap(id -> Optional.ofNullable(byId.get(id)).stream())
                .toList();
    }

    /** What a node has to tell the agents of its desktops. */
    public Future<List<Untold>> listUntold(UUID nodeId) {
        return store.listUntold(database.client(), nodeId, MOST_TOLD);
    }

    /** Agents answered. What was not waited for changes nothing. */
    public Future<Void> taken(List<Taken> answers) {
        List<Taken> accepted =
                answers.stream().filter(answer -> answer.error() == null).toList();
        List<Taken> refused =
                answers.stream().filter(answer -> answer.error() != null).toList();
        return (accepted.isEmpty() ? Future.<Void>succeededFuture() : store.accept(database.client(), accepted))
                .compose(done -> refused.isEmpty()
                        ? Future.succeededFuture()
                        : ending((tx, now) -> store.fail(tx, refused, now)).mapEmpty());
    }

    /** Sessions were ended from the agents' side: for those that took a stop or a hibernation in them it is the proof. */
    public Future<Void> sessionsEnded(List<Session> sessions) {
        return ending((tx, now) -> store.sessionsEnded(tx, sessions, now)).mapEmpty();
    }

    /** Ends what the desktops' rows prove; on any node, at any time. The number of jobs. */
    public Future<Integer> settle() {
        return ending((tx, now) -> store.settle(tx, now, now.minus(AWAY)))
                .map(ended -> ended.jobIds().size());
    }

    private interface Ending {
        Future<Ended> end(SqlConnection tx, Instant now);
    }

    private Future<Ended> ending(Ending ending) {
        Instant now = clock.instant();
        return retried(tx -> ending.end(tx, now)
                        .compose(ended -> jobs.close(tx, ended.jobIds(), now).map(ended)))
                .compose(ended -> ended.hibernated().isEmpty()
                        ? Future.succeededFuture(ended)
                        : store.markHibernated(database.client(), ended.hibernated(), now)
                                .map(ended));
    }

    /** A transaction that lost a deadlock did nothing. */
    private <T> Future<T> retried(Function<SqlConnection, Future<T>> work) {
        return database.inTransaction(work)
                .recover(failure ->
                        Database.isDeadlock(failure) ? database.inTransaction(work) : Future.failedFuture(failure));
    }
}
