package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import java.time.Instant;

/** Checks signatures against the secrets of access keys. Returns whose key it was. */
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

    Future<String> verify(RequestSignature signature, RequestSignature.Request request, Instant now) {
        return store.findAccessKey(database.client(), signature.accessKey()).map(found -> {
            IamStore.AccessKey key =
                    found.orElseThrow(() -> new ApiException.Unauthorized("the access key is unknown or disabled"));
            byte[] secret = masterKey.unwrap(wrapName(signature.accessKey()), key.wrappedSecret());
            signature.verify(request, secret, now);
            return key.userId();
        });
    }
}
