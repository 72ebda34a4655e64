package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What users may do, as the database has it or had it a few seconds ago: a disabled user and a revoked permission are
 * noticed within that time. Safe for all threads.
 */
final class Grants {
    static final Duration OLDEST = Duration.ofSeconds(5);
    private static final int MOST_USERS = 10_000;

    private record Entry(Instant at, Future<List<IamStore.Grant>> grants) {}

    private final Database database;
    private final IamStore store;
    private final InstantSource clock;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    Grants(Database database, IamStore store, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    Future<List<IamStore.Grant>> of(String userId) {
        Instant now = clock.instant();
        Entry entry = entries.get(userId);
        if (entry != null && !entry.grants().failed() && now.isBefore(entry.at().plus(OLDEST))) {
            return entry.grants();
        }
        if (entries.size() >= MOST_USERS) {
            entries.clear();
        }
        Future<List<IamStore.Grant>> grants = store.listGrants(database.client(), userId);
        entries.put(userId, new Entry(now, grants));
        return grants;
    }
}
