package io.deskwave.control.iam;

import io.deskwave.control.http.Caller;
import io.deskwave.control.http.Refusal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Why a request was refused, sealed for its sender: whoever may decode it, and belongs to the same account, can read it. The
 * key comes from the installation's, so every node opens what another has sealed.
 */
final class AuthorizationMessages {
    private static final String NAME = "authorization-message";
    private static final int LONGEST_PART = 1024;

    private final SealedBox box;

    AuthorizationMessages(InstallationKeys keys) {
        this.box = new SealedBox(derived(keys.tokenKey()));
    }

    private static byte[] derived(byte[] tokenKey) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(tokenKey, "HmacSHA256"));
            return mac.doFinal(NAME.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    String seal(Refusal refusal, Instant at) {
        Caller caller = refusal.caller();
        JsonObject message = new JsonObject()
                .put("allowed", false)
                .put("action", refusal.action())
                .put("account_id", caller.domainId())
                .put("project_id", shortened(refusal.projectId()))
                .put("resource", shortened(refusal.resource()))
                .put(
                        "principal",
                        new JsonObject()
                                .put("id", caller.userId())
                                .put("name", caller.userName())
                                .put("urn", urn(caller))
                                .put("project_id", caller.projectId()))
                .put("reason", shortened(refusal.reason()))
                .put("time", at.toString());
        byte[] closed = box.seal(NAME, message.encode().getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(closed);
    }

    static String urn(Caller caller) {
        return "iam::" + caller.domainId() + ":user:" + caller.userName();
    }

    /** Empty when it was not sealed here, was changed since, or tells of another account. */
    Optional<JsonObject> open(String encoded, String domainId) {
        try {
            return box.open(NAME, Base64.getUrlDecoder().decode(encoded.strip()))
                    .map(bytes -> new JsonObject(new String(bytes, StandardCharsets.UTF_8)))
                    .filter(message -> domainId.equals(message.getString("account_id")));
        } catch (IllegalArgumentException | DecodeException e) {
            return Optional.empty();
        }
    }

    /** Three bytes of UTF-8 for each char, and four of base64 for three: three such parts stay far below 10,240 characters. */
    private static String shortened(String text) {
        return text.length() <= LONGEST_PART ? text : text.substring(0, LONGEST_PART - 3) + "...";
    }
}
