package io.deskwave.agent;

import io.deskwave.protocol.ServerMessage.RunScript;
import io.deskwave.protocol.VerifyingKey;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which signatures are good: orders that were signed together carry the same one, and a real desktop verifies it
 * once for itself. What ties an order to it is computed for each. Any thread.
 */
final class VerifiedOrders {
    private static final int REMEMBERED = 10_000;

    private final Map<String, Boolean> verified = new ConcurrentHashMap<>();

    boolean isSigned(VerifyingKey key, RunScript order) {
        try {
            byte[] content = order.signedContent();
            if (verified.size() > REMEMBERED) {
                verified.clear();
            }
            return verified.computeIfAbsent(
                    Base64.getEncoder().encodeToString(content) + order.signature(),
                    absent -> key.verify(content, Base64.getDecoder().decode(order.signature())));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
