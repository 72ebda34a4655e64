package io.deskwave.control.iam;

import io.deskwave.control.db.Database;
import io.vertx.core.Future;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Map;
import java.util.TreeMap;

/**
 * The keys of this installation, shared by its nodes.
 *
 * @param tokenKey signs the tokens of people and programs (HS256)
 * @param workKey  signs what agents are told to run (Ed25519)
 */
public record InstallationKeys(byte[] tokenKey, KeyPair workKey) {
    private static final int TOKEN_KEY_BYTES = 32;
    private static final String TOKEN = "token";
    private static final String WORK_PRIVATE = "work-private";
    private static final String WORK_PUBLIC = "work-public";
    private static final String WORK_ALGORITHM = "Ed25519";

    /** After {@link Bootstrap#run}. */
    public static Future<InstallationKeys> load(Database database, MasterKey masterKey) {
        return new IamStore().listKeys(database.client()).map(wrapped -> unwrap(wrapped, masterKey));
    }

    static InstallationKeys generate() {
        try {
            byte[] token = new byte[TOKEN_KEY_BYTES];
            new SecureRandom().nextBytes(token);
            return new InstallationKeys(
                    token, KeyPairGenerator.getInstance(WORK_ALGORITHM).generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    Map<String, byte[]> wrap(MasterKey masterKey) {
        Map<String, byte[]> wrapped = new TreeMap<>();
        wrapped.put(TOKEN, masterKey.wrap(TOKEN, tokenKey));
        wrapped.put(
                WORK_PRIVATE, masterKey.wrap(WORK_PRIVATE, workKey.getPrivate().getEncoded()));
        wrapped.put(WORK_PUBLIC, masterKey.wrap(WORK_PUBLIC, workKey.getPublic().getEncoded()));
        return wrapped;
    }

    private static InstallationKeys unwrap(Map<String, byte[]> wrapped, MasterKey masterKey) {
        try {
            KeyFactory factory = KeyFactory.getInstance(WORK_ALGORITHM);
            return new InstallationKeys(
                    unwrap(wrapped, TOKEN, masterKey),
                    new KeyPair(
                            factory.generatePublic(new X509EncodedKeySpec(unwrap(wrapped, WORK_PUBLIC, masterKey))),
                            factory.generatePrivate(
                                    new PKCS8EncodedKeySpec(unwrap(wrapped, WORK_PRIVATE, masterKey)))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the work key of this installation is damaged", e);
        }
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
