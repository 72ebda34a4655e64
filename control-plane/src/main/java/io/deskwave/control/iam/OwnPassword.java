package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;

/** Asks somebody for their password once more before they change what lasts: who has found a token must not gain by it. */
final class OwnPassword {
    private final Database database;
    private final Passwords passwords;
    private final GuessGuard guard;
    private final UserStore users = new UserStore();

    OwnPassword(Database database, Passwords passwords, GuessGuard guard) {
        this.database = database;
        this.passwords = passwords;
        this.guard = guard;
    }

    /** Fails with {@link ApiException.BadRequest} unless {@code current_password} of the body is the caller's. */
    Future<Void> check(ApiCall call, String address, String purpose) {
        String id = call.caller().userId();
        String current = call.body().getString("current_password");
        if (current == null) {
            throw new ApiException.BadRequest("current_password is missing: send it to " + purpose);
        }
        GuessGuard.Attempt attempt = guard.begin(id, address);
        return users.find(database.client(), call.caller().domainId(), id)
                .compose(found -> passwords.matches(current, found.map(UserStore.Person::passwordHash)))
                .onFailure(failure -> attempt.undecided())
                .map(matches -> {
                    if (!matches) {
                        attempt.wrong();
                        throw new ApiException.BadRequest("current_password is wrong");
                    }
                    attempt.right();
                    return null;
                });
    }
}
