package io.deskwave.control.execution;

import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a caller names a request by, in the header {@code Idempotency-Key}: sent again with the same key, it is the same
 * request and not a second one.
 *
 * @param fingerprint of what the request asks for
 */
public record RequestKey(String userId, String key, String fingerprint) {
    static final String HEADER = "Idempotency-Key";
    private static final Pattern KEY = Pattern.compile("[!-~]{1,255}");

    /** Empty when the caller gave none. */
    static Optional<RequestKey> of(ApiCall call) {
        List<String> sent = call.headers(HEADER);
        if (sent.size() > 1) {
            throw new ApiException.BadRequest("send one " + HEADER + ", not " + sent.size());
        }
        return sent.stream().findFirst().map(key -> {
            if (!KEY.matcher(key).matches()) {
                throw new ApiException.BadRequest(
                        HEADER + " must be 1 to 255 visible ASCII characters without blanks, such as a UUID");
            }
            String asked = call.requestPath() + "\n" + call.body().encode();
            return new RequestKey(call.caller().userId(), key, sha256(asked));
        });
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
