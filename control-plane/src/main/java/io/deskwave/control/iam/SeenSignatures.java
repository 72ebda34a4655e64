package io.deskwave.control.iam;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the good signatures of requests that change something, so that who has listened cannot send such a request once
 * more. A signature is good for one moment of its sender, not for one request: its date has a resolution of one second, so a
 * program that does the same thing twice at once signs the same, and HTTP clients send a request again by themselves when a
 * pooled connection turns out dead before it was taken. Therefore the same signature is taken again from the same address
 * within {@link #SAME_MOMENT} of its first use, and refused from elsewhere or later. What is left for a listener is the same
 * moment at the same address; only TLS keeps listeners out. Each node remembers what it has seen, a bounded number and no
 * longer than a signature can be in time. Safe for all threads.
 */
final class SeenSignatures {
    static final Duration SAME_MOMENT = Duration.ofSeconds(5);
    /** A date may be as far in the future as in the past. */
    private static final Duration REMEMBERED = RequestSignature.TOLERANCE.multipliedBy(2);

    private static final int MOST_SIGNATURES = 50_000;

    private record Use(Instant first, String address) {}

    private final int most;
    /** The oldest first. */
    private final Map<String, Use> uses = new LinkedHashMap<>();

    SeenSignatures() {
        this(MOST_SIGNATURES);
    }

    SeenSignatures(int most) {
        this.most = most;
    }

    /** Fails with {@link ApiException.Unauthorized} when this is a repetition. */
    synchronized void use(String signature, String address, Instant now) {
        forget(now);
        Use before = uses.putIfAbsent(signature, new Use(now, address));
        if (before == null) {
            return;
        }
        if (!before.address().equals(address) || now.isAfter(before.first().plus(SAME_MOMENT))) {
            throw new ApiException.Unauthorized("this very request was taken already at " + before.first()
                    + ": look at what became of it, and sign a new one with the present time to repeat it");
        }
    }

    private void forget(Instant now) {
        Iterator<Use> oldest = uses.values().iterator();
        while (oldest.hasNext()) {
            boolean old = oldest.next().first().plus(REMEMBERED).isBefore(now);
            if (!old && uses.size() < most) {
                return;
            }
            oldest.remove();
        }
    }

    synchronized int size() {
        return uses.size();
    }
}
