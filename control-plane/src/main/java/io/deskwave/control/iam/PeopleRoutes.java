package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.Operations;
import java.time.InstantSource;

/** Hangs all operations of this room. */
public final class PeopleRoutes {
    private final Database database;
    private final Tokens tokens;
    private final InstantSource clock;

    public PeopleRoutes(Database database, Tokens tokens, InstantSource clock) {
        this.database = database;
        this.tokens = tokens;
        this.clock = clock;
    }

    public void hang(Operations operations) {
        var passwords = tokens.memory().passwords();
        var guard = tokens.memory().guesses();
        var ownPassword = new OwnPassword(database, passwords, guard);
        var changes = new IamChanges(database, tokens.grants());
        new TokenRoutes(database, tokens, passwords, guard, clock).hang(operations);
        new IdentityRoutes(tokens.grants()).hang(operations);
        new StsRoutes(tokens.messages()).hang(operations);
        new UserRoutes(database, changes, passwords, ownPassword, clock).hang(operations);
        new GrantRoutes(database, changes, tokens.builtIn()).hang(operations);
        new GroupRoutes(database, changes, tokens.builtIn()).hang(operations);
        new AccessKeyRoutes(database, changes, tokens.accessKeys(), ownPassword).hang(operations);
        new ProjectRoutes(database, changes).hang(operations);
    }
}
