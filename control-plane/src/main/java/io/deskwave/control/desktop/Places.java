package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.JobStore.Head;
import io.deskwave.control.desktop.PlaceTokens.Issued;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reserves places. No machine is made here: each place is a sub-job with a name and a single-use enrollment token of limited
 * life, and the desktop that enrols with it takes the place ({@link PlaceFilling}).
 */
public final class Places {
    private static final int POOL_PREFIX_WIDTH = 11;

    private final Database database;
    private final JobStore jobs;
    private final PoolStore pools;
    private final PlaceTokens tokens;
    private final PlaceStore store = new PlaceStore();
    private final InstantSource clock;

    public Places(Database database, JobStore jobs, PoolStore pools, PlaceTokens tokens, InstantSource clock) {
        this.database = database;
        this.jobs = jobs;
        this.pools = pools;
        this.tokens = tokens;
        this.clock = clock;
    }

    /** A place to be. */
    record Wanted(String name, JsonObject attributes) {}

    /** A place that is. Its token's text is shown once. */
    record Reserved(UUID subJobId, String name, String token, Instant expiresAt) {
        @Override
        public String toString() {
            return "Reserved[" + subJobId + " " + name + "]";
        }
    }

    record Reservation(UUID jobId, List<Reserved> places) {
        Reservation {
            places = List.copyOf(places);
        }
    }

    /** Outside of pools. */
    Future<Reservation> create(String projectId, Function<ComputerNames, List<Wanted>> wanted, int expireInMinutes) {
        Head head = head(projectId, "createDesktops", null, expireInMinutes);
        return database.inTransaction(tx -> reserve(tx, head, wanted));
    }

    Future<Reservation> expand(String projectId, UUID poolId, int size, int expireInMinutes) {
        return database.inTransaction(tx -> pools.lock(tx, projectId, poolId)
                .compose(locked -> pools.find(tx, projectId, poolId))
                .map(found -> found.orElseThrow(() -> Pools.notFound(poolId)))
                .compose(pool -> inPool(
                        tx,
                        projectId,
                        "expandDesktopPool",
                        pool.id(),
                        pool.name(),
                        pool.attributes(),
                        size,
                        expireInMinutes)));
    }

    /** In a pool that is locked, or was made in this transaction. A size of 0 makes a job that is done. */
    Future<Reservation> inPool(
            SqlConnection tx,
            String projectId,
            String jobType,
            UUID poolId,
            String poolName,
            JsonObject poolAttributes,
            int size,
            int expireInMinutes) {
        Head head = head(projectId, jobType, poolId, expireInMinutes);
        if (size == 0) {
            return jobs.insert(tx, head).compose(jobId -> jobs.insertSubJobs(
                            tx, jobId, head, List.of(SubJob.New.succeeded(null, "", "the pool was made")))
                    .compose(made -> jobs.close(tx, Set.of(jobId), head.now()))
                    .map(new Reservation(jobId, List.of())));
        }
        String prefix = ComputerNames.prefixFrom(poolName, POOL_PREFIX_WIDTH);
        JsonObject attributes = DesktopAttributes.ofPool(poolAttributes);
        return reserve(tx, head, names -> IntStream.range(0, size)
                .mapToObj(i -> new Wanted(names.next("name of the pool", prefix), attributes))
                .toList());
    }

    private Future<Reservation> reserve(SqlConnection tx, Head head, Function<ComputerNames, List<Wanted>> wanted) {
        return store.lockNames(tx, head.projectId()).compose(taken -> {
            List<Wanted> places = wanted.apply(new ComputerNames(taken));
            return jobs.insert(tx, head).compose(jobId -> tokens.issue(
                            tx,
                            head.projectId(),
                            head.poolId(),
                            places.stream()
                                    .map(place -> "place " + place.name() + " of job " + jobId)
                                    .toList(),
                            head.deadline())
                    .compose(issued -> insert(tx, head, jobId, places, issued)));
        });
    }

    private Future<Reservation> insert(
            SqlConnection tx, Head head, UUID jobId, List<Wanted> places, List<Issued> issued) {
        var subJobs = new ArrayList<SubJob.New>();
        var reserved = new ArrayList<Reserved>();
        for (int i = 0; i < places.size(); i++) {
            UUID id = UUID.randomUUID();
            Wanted place = places.get(i);
            subJobs.add(SubJob.New.place(id, place.name(), issued.get(i).id(), place.attributes()));
            reserved.add(new Reserved(id, place.name(), issued.get(i).text(), head.deadline()));
        }
        return jobs.insertSubJobs(tx, jobId, head, subJobs).map(made -> new Reservation(jobId, reserved));
    }

    private Head head(String projectId, String jobType, @Nullable UUID poolId, int expireInMinutes) {
        Instant now = clock.instant();
        return new Head(projectId, jobType, poolId, now, now.plus(Duration.ofMinutes(expireInMinutes)));
    }
}
