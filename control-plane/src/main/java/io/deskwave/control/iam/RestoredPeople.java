package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;

/**
 * Ends all tokens of a restored database: a token from after the backup may have been ended since, by a new password say, and
 * the database that knew is gone.
 */
public final class RestoredPeople {
    private final UserStore users = new UserStore();

    public Future<Void> endTokens(SqlClient tx, Instant now) {
        return users.endTokens(tx, now);
    }
}
