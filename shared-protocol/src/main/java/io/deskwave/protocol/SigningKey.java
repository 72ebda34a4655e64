package io.deskwave.protocol;

import java.security.SecureRandom;
import java.util.Base64;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 private key. Travels and is stored as its PKCS#8 encoding, in base64 where it is text; shown nowhere. By way of
 * Bouncy Castle: measured, the JDK's provider takes 0.65 ms a signature, this 0.04.
 */
public final class SigningKey {
    private static final Encoding PKCS8 = new Encoding("302e020100300506032b657004220420", Ed25519.SECRET_KEY_SIZE);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;
    private final byte[] point = new byte[Ed25519.PUBLIC_KEY_SIZE];

    private SigningKey(byte[] secret) {
        this.secret = secret;
        Ed25519.generatePublicKey(secret, 0, point, 0);
    }

    public static SigningKey generate() {
        byte[] secret = new byte[Ed25519.SECRET_KEY_SIZE];
        Ed25519.generatePrivateKey(RANDOM, secret);
        return new SigningKey(secret);
    }

    /** @throws IllegalArgumentException when it is no Ed25519 private key */
    public static SigningKey fromBase64(String base64) {
        return decode(Base64.getDecoder().decode(base64));
    }

    /** @throws IllegalArgumentException when it is no Ed25519 private key */
    public static SigningKey decode(byte[] pkcs8) {
        return new SigningKey(PKCS8.unwrap(pkcs8)
                .orElseThrow(() -> new IllegalArgumentException("not an Ed25519 private key in its PKCS#8 encoding")));
    }

    public byte[] sign(byte[] content) {
        byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
        Ed25519.sign(secret, 0, point, 0, content, 0, content.length, signature, 0);
        return signature;
    }

    public VerifyingKey verifyingKey() {
        return VerifyingKey.ofPoint(point);
    }

    public byte[] encode() {
        return PKCS8.wrap(secret);
    }

    public String toBase64() {
        return Base64.getEncoder().encodeToString(encode());
    }

    @Override
    public String toString() {
        return "SigningKey[hidden]";
    }
}
