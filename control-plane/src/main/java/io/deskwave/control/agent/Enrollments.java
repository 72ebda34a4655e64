package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges an enrollment token and a public key for an identity. The same key is the same enrollment: an agent whose
 * answer was lost asks again, and neither uses the token twice nor becomes two desktops.
 */
public final class Enrollments {
    private static final int MAX_NAME_CHARS = 255;
    private static final int MAX_SECRET_CHARS = 256;
    private static final int MAX_KEY_CHARS = 256;
    private static final String UNIQUE_VIOLATION = "23505";

    private final Database database;
    private final InstantSource clock;
    private final EnrollmentTokens tokens;
    private final DesktopStore desktops;

    public Enrollments(Database database, InstantSource clock, EnrollmentTokens tokens, DesktopStore desktops) {
        this.database = database;
        this.clock = clock;
        this.tokens = tokens;
        this.desktops = desktops;
    }

    /** A request that was read and found right in form. */
    private record Applicant(String secret, String name, String publicKey, HostInfo host) {
        @Override
        public String toString() {
            return "Applicant[" + name + "]";
        }
    }

    /** The desktop's id. Fails with a {@link RefusedException}. */
    public Future<UUID> enroll(Enrollment.Request request) {
        Applicant applicant;
        try {
            applicant = applicant(request);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(RefusedException.malformed(
                    Objects.requireNonNullElse(e.getMessage(), "this is no enrollment request"), clock.instant()));
        }
        // Two tokens may enrol one key at the same time: whoever comes second finds the first.
        return enrollOnce(applicant)
                .recover(failure -> failure instanceof PgException pg && UNIQUE_VIOLATION.equals(pg.getSqlState())
                        ? enrollOnce(applicant)
                        : Future.failedFuture(failure));
    }

    private Future<UUID> enrollOnce(Applicant applicant) {
        return database.inTransaction(
                tx -> tokens.lock(tx, applicant.secret()).map(this::known).compose(token -> desktops.findByPublicKey(
                                tx, applicant.publicKey())
                        .compose(enrolled -> enrolled.isPresent()
                                ? Future.succeededFuture(again(enrolled.get(), token, applicant))
                                : insert(tx, token, applicant))));
    }

    private EnrollmentToken known(Optional<EnrollmentToken> found) {
        return found.filter(token -> !token.revoked())
                .orElseThrow(() -> RefusedException.of(
                        Reason.UNKNOWN, "there is no such enrollment token, or it was revoked", clock.instant()));
    }

    private UUID again(DesktopStore.Key enrolled, EnrollmentToken token, Applicant applicant) {
        if (!enrolled.projectId().equals(token.projectId())) {
            throw RefusedException.malformed("this key is in use elsewhere: make a new key pair", clock.instant());
        }
        if (enrolled.deleted()) {
            throw RefusedException.of(
                    Reason.REVOKED, "this desktop was deleted: enrol it with a new key pair", clock.instant());
        }
        if (!enrolled.machineId().equals(applicant.host().machineId())) {
            throw RefusedException.of(
                    Reason.CLONE,
                    "another machine is enrolled with this key: make a new key pair and enrol again",
                    clock.instant());
        }
        return enrolled.desktopId();
    }

    private Future<UUID> insert(SqlConnection tx, EnrollmentToken token, Applicant applicant) {
        return tokens.use(tx, token).compose(used -> {
            if (!used) {
                throw RefusedException.of(
                        Reason.EXPIRED, "this enrollment token has expired or is used up", clock.instant());
            }
            return desktops.insert(
                    tx, token.projectId(), token.poolId(), applicant.name(), applicant.publicKey(), applicant.host());
        });
    }

    /** Nothing that came over the wire is taken for present: JSON leaves out what it likes. */
    private static Applicant applicant(Enrollment.Request request) {
        HostInfo host = DesktopStore.bounded(present("host", request.host()));
        return new Applicant(
                present("secret", atMost(MAX_SECRET_CHARS, "secret", request.secret())),
                name(request.name(), host),
                publicKey(present("public_key", atMost(MAX_KEY_CHARS, "public_key", request.publicKey()))),
                host);
    }

    private static String name(@Nullable String sent, HostInfo host) {
        String name = sent == null || sent.isBlank() ? host.hostname() : sent.strip();
        if (name.isBlank() || name.length() > MAX_NAME_CHARS || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "a desktop needs a name of 1 to " + MAX_NAME_CHARS + " characters without control characters");
        }
        return name;
    }

    /** In one spelling, so that one key is one row. */
    private static String publicKey(String sent) {
        return Base64.getEncoder().encodeToString(Assertion.Keys.publicKey(sent).getEncoded());
    }

    private static @Nullable String atMost(int max, String field, @Nullable String text) {
        if (text != null && text.length() > max) {
            throw new IllegalArgumentException(field + " has more than " + max + " characters");
        }
        return text;
    }

    private static <T> T present(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
        return value;
    }
}
