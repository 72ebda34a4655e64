package io.deskwave.agent;

import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.VerifyingKey;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who this agent is, as it stands in {@code identity.json}.
 *
 * @param desktopId null between making the key pair and the control plane's answer
 * @param privateKey base64 of its PKCS#8 encoding
 * @param publicKey base64 of its X.509 encoding
 * @param workKey null as long as the desktop id is
 * @param fingerprint of the only certificate to trust; null for the usual ones
 * @param tokenHash tells whether a given enrollment token is the one this identity came from
 */
record Identity(
        @Nullable UUID desktopId,
        String privateKey,
        String publicKey,
        @Nullable String workKey,
        String endpoint,
        @Nullable String fingerprint,
        String machineId,
        String tokenHash) {

    boolean isEnrolled() {
        return desktopId != null && workKey != null;
    }

    UUID desktop() {
        if (desktopId == null) {
            throw new IllegalStateException("not enrolled yet");
        }
        return desktopId;
    }

    SigningKey signingKey() {
        return SigningKey.fromBase64(privateKey);
    }

    VerifyingKey verifyingKey() {
        if (workKey == null) {
            throw new IllegalStateException("not enrolled yet");
        }
        return VerifyingKey.fromBase64(workKey);
    }

    /** Whether the control plane signed this for this desktop. */
    boolean isSigned(UUID forDesktop, byte[] content, String signature) {
        try {
            return forDesktop.equals(desktop())
                    && verifyingKey().verify(content, Base64.getDecoder().decode(signature));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    Identity enrolledAs(UUID newDesktopId, String newWorkKey) {
        return new Identity(
                newDesktopId, privateKey, publicKey, newWorkKey, endpoint, fingerprint, machineId, tokenHash);
    }

    Identity at(String newEndpoint) {
        return new Identity(desktopId, privateKey, publicKey, workKey, newEndpoint, fingerprint, machineId, tokenHash);
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return "Identity[" + desktopId + " at " + endpoint + "]";
    }
}
