package io.deskwave.protocol;

import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 public key, decoded once. Travels and is stored as its X.509 encoding, in base64 where it is text; a key has
 * one encoding. What is no key is refused where it is read, so that a signature is only right or wrong.
 */
public final class VerifyingKey {
    private static final Encoding X509 = new Encoding("302a300506032b6570032100", Ed25519.PUBLIC_KEY_SIZE);

    private final byte[] bytes;
    private final Ed25519.PublicPoint point;

    private VerifyingKey(byte[] bytes, Ed25519.PublicPoint point) {
        this.bytes = bytes;
        this.point = point;
    }

    /** @throws IllegalArgumentException when it is no Ed25519 public key */
    public static VerifyingKey fromBase64(String base64) {
        return decode(Base64.getDecoder().decode(base64));
    }

    /** @throws IllegalArgumentException when it is no Ed25519 public key */
    public static VerifyingKey decode(byte[] x509) {
        return ofPoint(X509.unwrap(x509)
                .orElseThrow(() -> new IllegalArgumentException("not an Ed25519 public key in its X.509 encoding")));
    }

    static VerifyingKey ofPoint(byte[] bytes) {
        Ed25519.@Nullable PublicPoint point = Ed25519.validatePublicKeyPartialExport(bytes, 0);
        if (point == null) {
            throw new IllegalArgumentException("not an Ed25519 public key: no such point");
        }
        return new VerifyingKey(bytes.clone(), point);
    }

    /** False for what is malformed, too. */
    public boolean verify(byte[] content, byte[] signature) {
        return signature.length == Ed25519.SIGNATURE_SIZE
                && Ed25519.verify(signature, 0, point, content, 0, content.length);
    }

    public byte[] encode() {
        return X509.wrap(bytes);
    }

    public String toBase64() {
        return Base64.getEncoder().encodeToString(encode());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VerifyingKey key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "VerifyingKey[" + toBase64() + "]";
    }
}
