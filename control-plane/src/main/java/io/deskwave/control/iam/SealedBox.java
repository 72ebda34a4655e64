package io.deskwave.control.iam;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts and authenticates bytes with AES-GCM. What was closed under one name does not open under another. */
final class SealedBox {
    static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte FORMAT = 1;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    SealedBox(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
    }

    byte[] seal(String name, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] secret = cipher(Cipher.ENCRYPT_MODE, nonce, name).doFinal(plain);
            byte[] closed = Arrays.copyOf(new byte[] {FORMAT}, 1 + NONCE_BYTES + secret.length);
            System.arraycopy(nonce, 0, closed, 1, NONCE_BYTES);
            System.arraycopy(secret, 0, closed, 1 + NONCE_BYTES, secret.length);
            return closed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    static boolean looksSealed(byte[] closed) {
        return closed.length >= 1 + NONCE_BYTES + TAG_BITS / 8 && closed[0] == FORMAT;
    }

    /** Empty when it was closed with another key, under another name, or was changed since. */
    Optional<byte[]> open(String name, byte[] closed) {
        if (!looksSealed(closed)) {
            return Optional.empty();
        }
        try {
            byte[] nonce = Arrays.copyOfRange(closed, 1, 1 + NONCE_BYTES);
            return Optional.of(cipher(Cipher.DECRYPT_MODE, nonce, name)
                    .doFinal(closed, 1 + NONCE_BYTES, closed.length - 1 - NONCE_BYTES));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    @Override
    public String toString() {
        return "SealedBox[hidden]";
    }
}
