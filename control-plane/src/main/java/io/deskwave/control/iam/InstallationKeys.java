package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.VerifyingKey;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;

/**
 * The keys of this installation, shared by its nodes.
 *
 * @param tokenKey signs the tokens of people and programs (HS256)
 * @param workKey  signs what agents are told to run (Ed25519)
 */
public record InstallationKeys(byte[] tokenKey, SigningKey workKey) {
    private static final int TOKEN_KEY_BYTES = 32;
    private static final String TOKEN = "token";
    private static final String WORK_PRIVATE = "work-private";
    private static final String WORK_PUBLIC = "work-public";

    /** After {@link Bootstrap#run}. */
    public static Future<InstallationKeys> load(Database database, MasterKey masterKey) {
        return new IamStore().listKeys(database.client()).map(wrapped -> unwrap(wrapped, masterKey));
    }

    static InstallationKeys generate() {
        byte[] token = new byte[TOKEN_KEY_BYTES];
        new SecureRandom().nextBytes(token);
        return new InstallationKeys(token, SigningKey.generate());
    }

    Map<String, byte[]> wrap(MasterKey masterKey) {
        Map<String, byte[]> wrapped = new TreeMap<>();
        wrapped.put(TOKEN, masterKey.wrap(TOKEN, tokenKey));
        wrapped.put(WORK_PRIVATE, masterKey.wrap(WORK_PRIVATE, workKey.encode()));
        wrapped.put(
                WORK_PUBLIC, masterKey.wrap(WORK_PUBLIC, workKey.verifyingKey().encode()));
        return wrapped;
    }

    private static InstallationKeys unwrap(Map<String, byte[]> wrapped, MasterKey masterKey) {
        SigningKey workKey = workKey(unwrap(wrapped, WORK_PRIVATE, masterKey), unwrap(wrapped, WORK_PUBLIC, masterKey));
        return new InstallationKeys(unwrap(wrapped, TOKEN, masterKey), workKey);
    }

    /** Agents hold the public half: one that does not belong to the private half would make every order void. */
    private static SigningKey workKey(byte[] privateHalf, byte[] publicHalf) {
        try {
            SigningKey key = SigningKey.decode(privateHalf);
            if (key.verifyingKey().equals(VerifyingKey.decode(publicHalf))) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("the work key of this installation is damaged", e);
        }
        throw new IllegalStateException(
                "the work key of this installation is damaged: its halves do not belong together");
    }

    private static byte[] unwrap(Map<String, byte[]> wrapped, String name, MasterKey masterKey) {
        byte[] bytes = wrapped.get(name);
        if (bytes == null) {
            throw new IllegalStateException("this installation has no key " + name);
        }
        return masterKey.unwrap(name, bytes);
    }

    @Override
    public String toString() {
        return "InstallationKeys[hidden]";
    }
}
