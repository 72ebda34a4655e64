package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What users may do, as the database has it or had it a few seconds ago: a disabled user and a revoked permission are
 * noticed within that time, on the node that made the change at once. Used on one event loop; any thread may make it forget.
 */
final class Grants {
    static final Duration OLDEST = Duration.ofSeconds(5);
    private static final int MOST_USERS = 10_000;

    /** @param forgotten how often all had been forgotten before it was read */
    private record Entry(Instant at, long forgotten, Future<List<Grant>> grants) {}

    private final Database database;
    private final GrantStore store;
    private final BuiltInGroups builtIn;
    private final Memory memory;
    private final InstantSource clock;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong forgotten = new AtomicLong();

    Grants(Database database, GrantStore store, BuiltInGroups builtIn, Memory memory, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.builtIn = builtIn;
        this.memory = memory;
        this.clock = clock;
        memory.keep(this);
    }

    /** None when the user is disabled. */
    Future<List<Grant>> of(String userId) {
        Instant now = clock.instant();
        long times = forgotten.get();
        Entry entry = entries.get(userId);
        if (entry != null
                && entry.forgotten() == times
                && !entry.grants().failed()
                && now.isBefore(entry.at().plus(OLDEST))) {
            return entry.grants();
        }
        if (entries.size() >= MOST_USERS) {
            entries.clear();
        }
        Future<List<Grant>> grants = read(database.client(), userId, false);
        entries.put(userId, new Entry(now, times, grants));
        return grants;
    }

    /** As the database has it now. */
    Future<List<Grant>> read(SqlClient client, String userId, boolean evenDisabled) {
        return store.list(client, userId, evenDisabled).compose(grants -> builtIn.permissions()
                .map(known -> grants.stream().map(g -> g.resolved(known)).toList()));
    }

    /** What is known here, and on the other event loops of this node. */
    void forgetEverywhere() {
        memory.forgetGrants();
    }

    void forget() {
        forgotten.incrementAndGet();
        entries.clear();
    }
}
