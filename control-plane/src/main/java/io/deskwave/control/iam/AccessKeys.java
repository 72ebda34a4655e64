package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;

/** Checks signatures against the secrets of access keys, and wraps the secrets of new ones. */
final class AccessKeys {
    private static final Set<String> HARMLESS = Set.of("GET", "HEAD", "OPTIONS");

    private final Database database;
    private final IamStore store;
    private final MasterKey masterKey;
    private final InstantSource clock;
    private final KeyLocks locks;
    private final SeenSignatures seen;

    AccessKeys(Database database, IamStore store, MasterKey masterKey, Memory memory, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.masterKey = masterKey;
        this.clock = clock;
        this.locks = memory.locks();
        this.seen = memory.seen();
    }

    static byte[] wrap(MasterKey masterKey, String accessKey, String secret) {
        return masterKey.wrap(wrapName(accessKey), secret.getBytes(StandardCharsets.UTF_8));
    }

    byte[] wrap(String accessKey, String secret) {
        return wrap(masterKey, accessKey, secret);
    }

    private static String wrapName(String accessKey) {
        return "access-key:" + accessKey;
    }

    /** Fails with {@link ApiException.Unauthorized} when there is no such key, or it is of no use now, from this address. */
    Future<IamStore.AccessKey> get(String accessKey, String address) {
        return find(accessKey).map(key -> {
            locks.check(accessKey, address);
            return key;
        });
    }

    /** Fails with {@link ApiException.Unauthorized} when there is no such key any more, or its user or itself is disabled. */
    Future<IamStore.AccessKey> find(String accessKey) {
        return store.findAccessKey(database.client(), accessKey)
                .map(found -> found.orElseThrow(
                        () -> new ApiException.Unauthorized("the access key is unknown or disabled")));
    }

    /** Returns when the request was signed with this key, lately and for the first time; fails with {@link ApiException.Unauthorized}. */
    void verify(IamStore.AccessKey key, RequestSignature signature, RequestSignature.Request request, String address) {
        Instant now = clock.instant();
        String name = signature.accessKey();
        locks.check(name, address);
        signature.check(request, now);
        if (!signature.fits(request, masterKey.unwrap(wrapName(name), key.wrappedSecret()))) {
            locks.wrong(name, address);
            throw RequestSignature.misfit();
        }
        locks.right(name, address);
        if (!HARMLESS.contains(request.method())) {
            seen.use(signature.text(), address, now);
        }
    }
}
