package io.deskwave.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The exchange at {@link Protocol#ENROLL_PATH}: an enrollment token and a public key for an identity. */
public final class Enrollment {
    private Enrollment() {}

    /**
     * What an enrollment token holds; base64url of its JSON is what a person copies.
     *
     * @param endpoint where the control plane is, for example {@code https://fleet.example:8443}
     * @param fingerprint lower-case hex SHA-256 of the server's certificate; null without TLS or with a public one
     */
    public record Token(String endpoint, String secret, @Nullable String fingerprint) {
        public String encode() {
            byte[] json = Wire.toJson(this).getBytes(StandardCharsets.UTF_8);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(json);
        }

        /** @throws IllegalArgumentException when the text is no enrollment token */
        public static Token decode(String text) {
            try {
                byte[] json = Base64.getUrlDecoder().decode(text.strip());
                return Wire.fromJson(new String(json, StandardCharsets.UTF_8), Token.class);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("this is not an enrollment token: copy it whole, without spaces", e);
            }
        }

        @Override
        public String toString() {
            return "Token[" + endpoint + "]";
        }
    }

    /**
     * @param secret the token's secret
     * @param publicKey base64 of the X.509 encoding of the agent's Ed25519 public key
     */
    public record Request(String secret, String name, String publicKey, HostInfo host) {
        @Override
        public String toString() {
            return "Request[" + name + "]";
        }
    }

    /** @param workKey base64 of the X.509 encoding of the Ed25519 key that signs {@link ServerMessage.RunScript} */
    public record Answer(UUID desktopId, String workKey) {
        public Answer {
            Objects.requireNonNull(desktopId, "desktopId");
            Objects.requireNonNull(workKey, "workKey");
        }
    }
}
