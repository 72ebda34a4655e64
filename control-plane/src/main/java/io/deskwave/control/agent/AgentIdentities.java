package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal.Reason;
import io.deskwave.protocol.VerifyingKey;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells which desktop opens a session, by the assertion it sends. Used on one event loop; signatures are verified by a worker,
 * since those of a fleet would hold everybody up.
 */
public final class AgentIdentities {
    /** A look-up by primary keys: this many take a millisecond. */
    private static final int GROUP = 256;

    private final WorkerExecutor verifying;
    private final GroupedCalls<UUID, Optional<IdentityStore.Key>> keys;

    public AgentIdentities(Database database, IdentityStore store, WorkerExecutor verifying) {
        this.verifying = verifying;
        this.keys = new GroupedCalls<>(GROUP, Function.identity(), ids -> store.findKeys(database.client(), ids)
                .map(found -> ids.stream()
                        .map(id -> Optional.ofNullable(found.get(id)))
                        .toList()));
    }

    /**
     * @param publicKey of the desktop, which the assertion was verified with
     * @param instanceId of the agent's process, as in its hello
     * @param otherNode the live node that holds a session of another process with this identity, by the rows
     */
    public record Identity(
            UUID desktopId,
            String projectId,
            String publicKey,
            String machineId,
            UUID instanceId,
            @Nullable UUID otherNode) {}

    /**
     * Fails with a {@link RefusedException}. That the clock is off, the desktop deleted or the machine another one is told
     * only to who has the key, and that it was rebuilt to who had the one before.
     */
    public Future<Identity> verify(@Nullable String authorizationHeader, Instant now) {
        Assertion.Unverified unverified;
        try {
            unverified = parse(authorizationHeader);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(RefusedException.of(
                    Reason.INVALID,
                    "the Authorization header must be '" + Protocol.ASSERTION_SCHEME + "' and a session assertion",
                    now));
        }
        return keys.ask(unverified.assertion().desktopId())
                .compose(found -> verifying.executeBlocking(() -> verify(unverified, found, now), false));
    }

    private static Identity verify(Assertion.Unverified unverified, Optional<IdentityStore.Key> found, Instant now) {
        Assertion assertion = unverified.assertion();
        IdentityStore.Key key = found.orElseThrow(() -> RefusedException.of(
                Reason.UNKNOWN, "there is no desktop " + assertion.desktopId() + ": enrol this machine", now));
        if (!unverified.isSignedBy(VerifyingKey.fromBase64(key.publicKey()))) {
            throw isFormer(unverified, key)
                    ? RefusedException.of(
                            Reason.REVOKED,
                            "this desktop was rebuilt, and another machine has its place: enrol this one anew",
                            now)
                    : RefusedException.of(Reason.INVALID, "the assertion is not signed with this desktop's key", now);
        }
        if (key.deleted()) {
            throw RefusedException.of(Reason.REVOKED, "this desktop was deleted", now);
        }
        Duration off = Duration.between(assertion.issuedAt(), now).abs();
        if (off.compareTo(Duration.ofSeconds(Protocol.ASSERTION_SECONDS)) > 0) {
            throw RefusedException.of(
                    Reason.CLOCK,
                    "this machine's clock says " + assertion.issuedAt() + ", the control plane's " + now,
                    now);
        }
        if (!key.machineId().equals(assertion.machineId())) {
            throw RefusedException.of(
                    Reason.CLONE, "another machine is enrolled with this identity: enrol this one anew", now);
        }
        UUID instanceId = assertion.instanceId();
        boolean isSame = key.instanceId() == null || key.instanceId().equals(instanceId);
        return new Identity(
                key.desktopId(),
                key.projectId(),
                key.publicKey(),
                key.machineId(),
                instanceId,
                isSame ? null : key.nodeId());
    }

    private static boolean isFormer(Assertion.Unverified unverified, IdentityStore.Key key) {
        String former = key.formerKey();
        return former != null && unverified.isSignedBy(VerifyingKey.fromBase64(former));
    }

    private static Assertion.Unverified parse(@Nullable String header) {
        if (header == null || !header.startsWith(Protocol.ASSERTION_SCHEME)) {
            throw new IllegalArgumentException("no assertion");
        }
        Assertion.Unverified unverified = Assertion.parse(header.substring(Protocol.ASSERTION_SCHEME.length()));
        Assertion assertion = unverified.assertion();
        // JSON leaves out what it likes.
        boolean complete = Assertion.SESSION_AUDIENCE.equals(assertion.audience())
                && isPresent(assertion.desktopId())
                && isPresent(assertion.machineId())
                && isPresent(assertion.instanceId())
                && isPresent(assertion.issuedAt());
        if (!complete) {
            throw new IllegalArgumentException("not a session assertion");
        }
        return unverified;
    }

    private static boolean isPresent(@Nullable Object value) {
        return value != null;
    }
}
