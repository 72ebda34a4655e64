package io.deskwave.control.agent;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lets machines enrol into a project, and into a pool of it. Its secret is not here: it is known only to who made it.
 *
 * @param expiresAt null means never
 * @param maxUses null means any number
 */
public record EnrollmentToken(
        UUID id,
        String projectId,
        @Nullable UUID poolId,
        String description,
        @Nullable Instant expiresAt,
        @Nullable Integer maxUses,
        int uses,
        boolean revoked,
        Instant createdAt) {

    /** How many machines it still lets in. */
    int places(Instant now) {
        if (revoked || (expiresAt != null && !expiresAt.isAfter(now))) {
            return 0;
        }
        return maxUses == null ? Integer.MAX_VALUE : Math.max(0, maxUses - uses);
    }

    /** What a caller asks for. */
    public record New(
            @Nullable UUID poolId, String description, @Nullable Instant expiresAt, @Nullable Integer maxUses) {}
}
