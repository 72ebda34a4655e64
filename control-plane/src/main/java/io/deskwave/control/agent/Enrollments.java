package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.control.desktop.PlaceFilling;
import io.deskwave.control.desktop.PlaceStore.Filled;
import io.deskwave.control.desktop.PlaceStore.Place;
import io.deskwave.control.desktop.Rebuilds;
import io.deskwave.control.desktop.Rebuilds.Rebuild;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Refusal.Reason;
import io.deskwave.protocol.VerifyingKey;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges an enrollment token and a public key for an identity, in one transaction for all who come while another is under
 * way. The same key is the same enrollment: an agent whose answer was lost asks again, and neither uses the token twice nor
 * becomes two desktops. Used on one event loop.
 */
public final class Enrollments {
    private static final int MAX_NAME_CHARS = 255;
    private static final int MAX_SECRET_CHARS = 256;
    private static final int MAX_KEY_CHARS = 256;
    private static final String UNIQUE_VIOLATION = "23505";
    /** A transaction of some 20 ms, during which the tokens are locked. */
    private static final int GROUP = 128;

    private final Database database;
    private final InstantSource clock;
    private final EnrollmentTokens tokens;
    private final IdentityStore identities;
    private final PlaceFilling places;
    private final Rebuilds rebuilds;
    private final GroupedCalls<Applicant, Future<UUID>> grouped;

    public Enrollments(
            Database database,
            InstantSource clock,
            EnrollmentTokens tokens,
            IdentityStore identities,
            PlaceFilling places,
            Rebuilds rebuilds) {
        this.database = database;
        this.clock = clock;
        this.tokens = tokens;
        this.identities = identities;
        this.places = places;
        this.rebuilds = rebuilds;
        this.grouped = new GroupedCalls<>(GROUP, Applicant::publicKey, this::enrollAll);
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
        return grouped.ask(applicant).compose(Function.identity());
    }

    private Future<List<Future<UUID>>> enrollAll(List<Applicant> group) {
        // Two nodes may enrol one key at the same time: whoever comes second finds the first.
        return enrollOnce(group)
                .recover(failure -> failure instanceof PgException pg && UNIQUE_VIOLATION.equals(pg.getSqlState())
                        ? enrollOnce(group)
                        : Future.failedFuture(failure));
    }

    private Future<List<Future<UUID>>> enrollOnce(List<Applicant> group) {
        Set<String> secrets = group.stream().map(Applicant::secret).collect(Collectors.toSet());
        List<String> keys = group.stream().map(Applicant::publicKey).toList();
        return database.inTransactionAgain(tx -> tokens.lock(tx, secrets).compose(found -> places.lock(
                        tx, found.values().stream().map(EnrollmentToken::id).toList())
                .compose(reserved -> lockRebuilds(tx, secrets, found.keySet()).compose(rebuilding -> identities
                        .findByPublicKeys(tx, keys)
                        .compose(enrolled -> enrollOnce(
                                tx, new Round(group, found, reserved, rebuilding, enrolled, clock.instant())))))));
    }

    /** Those of the secrets that are no enrollment token's, and a rebuild's. */
    private Future<Map<String, Rebuild>> lockRebuilds(SqlConnection tx, Set<String> secrets, Set<String> ofTokens) {
        Map<Buffer, String> others = new HashMap<>();
        secrets.stream()
                .filter(secret -> !ofTokens.contains(secret))
                .forEach(secret -> others.put(Buffer.buffer(EnrollmentTokens.hash(secret)), secret));
        return rebuilds.lock(tx, others.keySet()).map(found -> {
            Map<String, Rebuild> bySecret = new HashMap<>();
            found.forEach((hash, rebuild) -> bySecret.put(Objects.requireNonNull(others.get(hash)), rebuild));
            return bySecret;
        });
    }

    private Future<List<Future<UUID>>> enrollOnce(SqlConnection tx, Round round) {
        List<IdentityStore.New> newcomers = round.newcomers();
        Future<Void> returned = Future.succeededFuture();
        for (Returning one : round.returning()) {
            returned = returned.compose(done -> rebuilds.enrol(
                    tx,
                    one.rebuild(),
                    one.applicant().publicKey(),
                    one.applicant().host()));
        }
        return returned.compose(done -> newcomers.isEmpty()
                ? Future.succeededFuture(round.answers(Map.of()))
                : identities.insert(tx, newcomers).compose(ids -> tokens.use(tx, round.uses())
                        .compose(counted -> places.fill(tx, round.filled(ids), clock.instant()))
                        .map(filled -> round.answers(ids))));
    }

    /** The new image of a desktop that is there already. */
    private record Returning(Rebuild rebuild, Applicant applicant) {}

    /** Who of a group comes in: decided while the tokens are locked. */
    private static final class Round {
        private final List<Applicant> group;
        private final Map<String, Future<UUID>> known = new HashMap<>();
        private final List<IdentityStore.New> newcomers = new ArrayList<>();
        private final Map<UUID, Integer> uses = new HashMap<>();
        private final Map<String, Place> taken = new HashMap<>();
        private final Map<UUID, Returning> returning = new HashMap<>();

        Round(
                List<Applicant> group,
                Map<String, EnrollmentToken> tokens,
                Map<UUID, Place> places,
                Map<String, Rebuild> rebuilds,
                Map<String, IdentityStore.Key> enrolled,
                Instant now) {
            this.group = group;
            for (Applicant applicant : group) {
                EnrollmentToken token = tokens.get(applicant.secret());
                IdentityStore.Key earlier = enrolled.get(applicant.publicKey());
                Rebuild rebuild = rebuilds.get(applicant.secret());
                if (rebuild != null) {
                    readmit(applicant, rebuild, earlier, now);
                } else if (token == null || token.revoked()) {
                    refuse(applicant, Reason.UNKNOWN, "there is no such enrollment token, or it was revoked", now);
                } else if (earlier != null) {
                    known.put(applicant.publicKey(), again(earlier, token, applicant, now));
                } else if (uses.getOrDefault(token.id(), 0) >= token.places(now)) {
                    refuse(applicant, Reason.EXPIRED, "this enrollment token has expired or is used up", now);
                } else {
                    admit(applicant, token, places.get(token.id()), now);
                }
            }
        }

        /** Who comes with the token of a place takes its name and what goes with it. */
        private void admit(Applicant applicant, EnrollmentToken token, @Nullable Place place, Instant now) {
            if (place != null && !place.open()) {
                refuse(applicant, Reason.EXPIRED, "the place of this enrollment token is no longer reserved", now);
                return;
            }
            uses.merge(token.id(), 1, Integer::sum);
            newcomers.add(new IdentityStore.New(
                    token.projectId(),
                    token.poolId(),
                    place == null ? applicant.name() : place.name(),
                    applicant.publicKey(),
                    applicant.host(),
                    place == null ? new JsonObject() : PlaceFilling.attributes(place)));
            if (place != null) {
                taken.put(applicant.publicKey(), place);
            }
        }

        /** Into the desktop that is rebuilt, once: who asks with the same key asks for an answer that was lost. */
        private void readmit(Applicant applicant, Rebuild rebuild, IdentityStore.@Nullable Key earlier, Instant now) {
            if (earlier != null) {
                boolean isAgain = rebuild.used()
                        && !earlier.deleted()
                        && earlier.desktopId().equals(rebuild.desktopId());
                known.put(
                        applicant.publicKey(),
                        isAgain
                                ? Future.succeededFuture(rebuild.desktopId())
                                : Future.failedFuture(
                                        RefusedException.malformed("this key is in use: make a new key pair", now)));
            } else if (!rebuild.open() || rebuild.used()) {
                refuse(
                        applicant,
                        Reason.EXPIRED,
                        "the rebuild that this enrollment token was made for has ended, or the token is used up",
                        now);
            } else if (returning.putIfAbsent(rebuild.actionId(), new Returning(rebuild, applicant)) == null) {
                known.put(applicant.publicKey(), Future.succeededFuture(rebuild.desktopId()));
            } else {
                refuse(applicant, Reason.EXPIRED, "this enrollment token is used up", now);
            }
        }

        Collection<Returning> returning() {
            return returning.values();
        }

        List<Filled> filled(Map<String, UUID> inserted) {
            return taken.entrySet().stream()
                    .map(entry -> new Filled(entry.getValue(), Objects.requireNonNull(inserted.get(entry.getKey()))))
                    .toList();
        }

        private void refuse(Applicant applicant, Reason reason, String message, Instant now) {
            known.put(applicant.publicKey(), Future.failedFuture(RefusedException.of(reason, message, now)));
        }

        List<IdentityStore.New> newcomers() {
            return newcomers;
        }

        /** By the tokens' ids. */
        Map<UUID, Integer> uses() {
            return uses;
        }

        /** @param inserted the newcomers' ids by their keys */
        List<Future<UUID>> answers(Map<String, UUID> inserted) {
            return group.stream()
                    .map(applicant -> {
                        Future<UUID> answer = known.get(applicant.publicKey());
                        return answer != null ? answer : Future.succeededFuture(inserted.get(applicant.publicKey()));
                    })
                    .toList();
        }
    }

    private static Future<UUID> again(
            IdentityStore.Key enrolled, EnrollmentToken token, Applicant applicant, Instant now) {
        if (!enrolled.projectId().equals(token.projectId())) {
            return Future.failedFuture(
                    RefusedException.malformed("this key is in use elsewhere: make a new key pair", now));
        }
        if (enrolled.deleted()) {
            return Future.failedFuture(
                    RefusedException.of(Reason.REVOKED, "this desktop was deleted: enrol it with a new key pair", now));
        }
        if (!enrolled.machineId().equals(applicant.host().machineId())) {
            return Future.failedFuture(RefusedException.of(
                    Reason.CLONE,
                    "another machine is enrolled with this key: make a new key pair and enrol again",
                    now));
        }
        return Future.succeededFuture(enrolled.desktopId());
    }

    /** Nothing that came over the wire is taken for present: JSON leaves out what it likes. */
    private static Applicant applicant(Enrollment.Request request) {
        HostInfo host = IdentityStore.bounded(present("host", request.host()));
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
        return VerifyingKey.fromBase64(sent).toBase64();
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
