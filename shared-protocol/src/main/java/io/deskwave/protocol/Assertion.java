package io.deskwave.protocol;

import java.nio.charset.StandardCharsets;
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
        public boolean isSignedBy(VerifyingKey key) {
            return key.verify(signedPart, signature);
        }
    }

    public String sign(SigningKey key) {
        String payload = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Wire.toJson(this).getBytes(StandardCharsets.UTF_8));
        byte[] signature = key.sign(payload.getBytes(StandardCharsets.US_ASCII));
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
}
