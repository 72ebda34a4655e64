package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import java.time.Instant;

/** Checks signatures against the secrets of access keys. */
final class AccessKeys {
    private final Database database;
    private final IamStore store;
    private final MasterKey masterKey;

    AccessKeys(Database database, IamStore store, MasterKey masterKey) {
        this.database = database;
        this.store = store;
        this.masterKey = masterKey;
    }

    static String wrapName(String accessKey) {
        return "access-key:" + accessKey;
    }

    /** Fails with {@link ApiException.Unauthorized} when there is no such key, or it is of no use. */
    Future<IamStore.AccessKey> get(String accessKey) {
        return store.findAccessKey(database.client(), accessKey)
                .map(found -> found.orElseThrow(
                        () -> new ApiException.Unauthorized("the access key is unknown or disabled")));
    }

    /** Returns when the request was signed with this key, lately; fails with {@link ApiException.Unauthorized}. */
    void verify(IamStore.AccessKey key, RequestSignature signature, RequestSignature.Request request, Instant now) {
        signature.verify(request, masterKey.unwrap(wrapName(signature.accessKey()), key.wrappedSecret()), now);
    }
}
