package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Caller;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Changes of users, permissions and projects: within an account one after another, each judged by what the caller may do at
 * that moment, so that nobody gains anything between the check and the change.
 */
final class IamChanges {
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Database database;
    private final Grants grants;
    private final UserStore users = new UserStore();
    private final GrantStore store = new GrantStore();

    IamChanges(Database database, Grants grants) {
        this.database = database;
        this.grants = grants;
    }

    <T> Future<T> run(Caller caller, BiFunction<SqlConnection, Powers, Future<T>> change) {
        return database.inTransaction(tx -> users.lockAccount(tx, caller.domainId())
                        .compose(locked -> grants.read(tx, caller.userId(), false))
                        .compose(mine -> change.apply(tx, Powers.of(mine))))
                .onSuccess(done -> grants.forgetEverywhere());
    }

    Future<Powers> powersNow(String userId) {
        return grants.read(database.client(), userId, false).map(Powers::of);
    }

    /** What somebody may do, or could do if they were not disabled. */
    Future<Powers> powersOf(SqlConnection tx, String userId) {
        return grants.read(tx, userId, true).map(Powers::of);
    }

    /** Fails with {@link ApiException.Conflict} when a project would be left without an administrator. */
    Future<Void> requireOtherAdministrator(SqlConnection tx, String userId, Optional<String> projectId) {
        return store.findOrphan(tx, userId, projectId).map(orphan -> {
            orphan.ifPresent(name -> {
                throw new ApiException.Conflict("this user is the last administrator of the project '" + name
                        + "': make another user its administrator first");
            });
            return null;
        });
    }

    static <T> Future<T> whenTaken(Throwable failure, String message) {
        return when(failure, pg -> UNIQUE_VIOLATION.equals(pg.getSqlState()), message);
    }

    static <T> Future<T> whenReferred(Throwable failure, String message) {
        return when(failure, pg -> FOREIGN_KEY_VIOLATION.equals(pg.getSqlState()), message);
    }

    private static <T> Future<T> when(Throwable failure, Predicate<PgException> kind, String message) {
        return Future.failedFuture(
                failure instanceof PgException pg && kind.test(pg) ? new ApiException.Conflict(message) : failure);
    }
}
