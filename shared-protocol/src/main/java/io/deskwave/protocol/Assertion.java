package io.deskwave.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/**
 * Proves for a few minutes that a connection comes from the holder of a desktop's private key:
 * {@code base64url(JSON) . base64url(Ed25519 signature of the first part)}.
 *
 * @param audience {@link #SESSION_AUDIENCE}; keeps a signature made for one purpose from serving another
 */
public record Assertion(String audience, UUID desktopId, String machineId, UUID instanceId, Instant issuedAt) {
    public static final String SESSION_AUDIENCE = "deskwave agent session";

    /** An assertion as it came, not yet verified: the desktop it names tells which key to verify with. */
    public record Unverified(Assertion assertion, byte[] signedPart, byte[] signature) {
        public boolean isSignedBy(PublicKey key) {
            return Keys.verify(key, signedPart, signature);
        }
    }

    public String sign(PrivateKey key) {
        String payload = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Wire.toJson(this).getBytes(StandardCharsets.UTF_8));
        byte[] signature = Keys.sign(key, payload.getBytes(StandardCharsets.US_ASCII));
        return payload + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    /** @throws IllegalArgumentException when the text has not the form of an assertion */
    public static Unverified parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 0 || text.length() > 4096) {
            throw new IllegalArgumentException("not an assertion");
        }
        String payload = text.substring(0, dot);
        String json = new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8);
        return new Unverified(
                Wire.fromJson(json, Assertion.class),
                payload.getBytes(StandardCharsets.UTF_8),
                Base64.getUrlDecoder().decode(text.substring(dot + 1)));
    }

    /** Ed25519 keys as they travel and are stored: base64 of their standard encodings. */
    public static final class Keys {
        private Keys() {}

        public static byte[] sign(PrivateKey key, byte[] content) {
            try {
                var signature = Signature.getInstance("Ed25519");
                signature.initSign(key);
                signature.update(content);
                return signature.sign();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Ed25519 signing failed", e);
            }
        }

        public static boolean verify(PublicKey key, byte[] content, byte[] signatureBytes) {
            try {
                var signature = Signature.getInstance("Ed25519");
                signature.initVerify(key);
                signature.update(content);
                return signature.verify(signatureBytes);
            } catch (GeneralSecurityException e) {
                return false; // a malformed signature is a wrong one
            }
        }

        /** @throws IllegalArgumentException when it is no Ed25519 public key */
        public static PublicKey publicKey(String base64) {
            try {
                return KeyFactory.getInstance("Ed25519")
                        .generatePublic(
                                new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("not an Ed25519 public key in base64 of its X.509 encoding", e);
            }
        }

        /** @throws IllegalArgumentException when it is no Ed25519 private key */
        public static PrivateKey privateKey(String base64) {
            try {
                return KeyFactory.getInstance("Ed25519")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("not an Ed25519 private key in base64 of its PKCS#8 encoding", e);
            }
        }
    }
}
