package io.deskwave.control.agent;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.Desktop;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.Desktops;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.NewDesktopTags;
import io.deskwave.control.desktop.PlaceFilling;
import io.deskwave.control.desktop.Rebuilds;
import io.deskwave.control.http.ApiException;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Refusal.Reason;
import io.deskwave.protocol.SigningKey;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EnrollmentsTest {
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final DesktopStore desktops = new DesktopStore();
    private final EnrollmentTokens tokens =
            new EnrollmentTokens(database, () -> now, () -> "http://127.0.0.1:8080", null);
    private final Enrollments enrollments = new Enrollments(
            database,
            () -> now,
            tokens,
            new IdentityStore(),
            new PlaceFilling(NewDesktopTags.NONE),
            new Rebuilds(
                    database,
                    new JobStore(),
                    (tx, usedUp) -> Future.succeededFuture(),
                    (tx, rebuilt, at) -> Future.succeededFuture(),
                    () -> now));

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void putsTheDesktopWhereItsTokenSays() {
        UUID pool = fixture.pool(PROJECT, "pool");
        String secret = secret(PROJECT, pool, null, null);

        UUID id = await(enroll(request(secret, " my pc ", key())));

        Desktop desktop = await(desktops.find(database.client(), PROJECT, id)).orElseThrow();
        assertThat(desktop.poolId()).isEqualTo(pool);
        assertThat(desktop.computerName()).isEqualTo("my pc");
        assertThat(desktop.host()).isEqualTo(host());
        assertThat(desktop.connected()).isFalse();
        assertThat(await(desktops.find(database.client(), OTHER_PROJECT, id))).isEmpty();
    }

    @Test
    void aDesktopWithoutANameTakesItsHostName() {
        UUID id = await(enroll(request(secret(PROJECT, null, null, null), " ", key())));

        assertThat(await(desktops.find(database.client(), PROJECT, id))
                        .orElseThrow()
                        .computerName())
                .isEqualTo("host-1");
    }

    @Test
    void countsUsesExactlyWhenManyEnrolAtOnce() {
        String secret = secret(PROJECT, null, null, 5);

        var all = IntStream.range(0, 20)
                .mapToObj(i -> enroll(request(secret, "pc" + i, key())))
                .toList();
        await(Future.join(all).otherwiseEmpty());

        assertThat(all.stream().filter(Future::succeeded)).hasSize(5);
        assertThat(all.stream().filter(Future::failed).map(Future::cause))
                .hasSize(15)
                .allSatisfy(cause -> assertThat(reason(cause)).isEqualTo(Reason.EXPIRED));
        assertThat(fixture.count("SELECT count(*) FROM desktops")).isEqualTo(5);
        assertThat(fixture.count("SELECT uses FROM enrollment_tokens")).isEqualTo(5);
    }

    @Test
    void oneKeyIsOneDesktopHoweverOftenItAsks() {
        String key = key();
        String one = secret(PROJECT, null, null, 1);
        String two = secret(PROJECT, null, null, 1);

        var all = IntStream.range(0, 20)
                .mapToObj(i -> enroll(request(i % 2 == 0 ? one : two, "pc", key)))
                .toList();
        await(Future.all(all));

        Set<UUID> ids = new HashSet<>();
        all.forEach(each -> ids.add(each.result()));
        assertThat(ids).hasSize(1);
        assertThat(fixture.count("SELECT sum(uses) FROM enrollment_tokens")).isEqualTo(1);
        assertThat(await(enroll(request(one, "pc", key.replace("=", "")))))
                .as("the same key in another spelling")
                .isIn(ids);
    }

    @Test
    void manyEnrolInFewTransactionsAndABadOneHurtsOnlyItself() {
        UUID pool = fixture.pool(PROJECT, "pool");
        String one = secret(PROJECT, pool, null, 30);
        String two = secret(OTHER_PROJECT, null, null, null);
        String taken = key();
        await(enroll(request(two, "taken", taken)));

        var welcome = new ArrayList<Enrollment.Request>();
        var unwelcome = new ArrayList<Enrollment.Request>();
        for (int i = 0; i < 30; i++) {
            welcome.add(request(one, "one" + i, key()));
            welcome.add(request(two, "two" + i, key()));
            unwelcome.add(request("no such secret", "bad" + i, key()));
        }
        unwelcome.add(request(one, "late", key()));
        unwelcome.add(request(one, "elsewhere", taken));
        unwelcome.add(request(one, " ", "no key"));
        List<Future<UUID>> good = welcome.stream().map(this::enroll).toList();
        List<Future<UUID>> bad = unwelcome.stream().map(this::enroll).toList();
        await(Future.join(bad).otherwiseEmpty());

        Set<UUID> ids = new HashSet<>();
        good.forEach(each -> ids.add(await(each)));
        assertThat(ids).hasSize(60);
        assertThat(bad).allMatch(Future::failed);
        assertThat(bad.stream().map(each -> reason(each.cause())).skip(30))
                .containsExactly(Reason.EXPIRED, Reason.INVALID, Reason.INVALID);
        assertThat(fixture.count("SELECT uses FROM enrollment_tokens WHERE project_id = $1", PROJECT))
                .isEqualTo(30);
        assertThat(fixture.count("SELECT uses FROM enrollment_tokens WHERE project_id = $1", OTHER_PROJECT))
                .isEqualTo(31);
        assertThat(fixture.count(
                        "SELECT count(*) FROM desktops WHERE pool_id = $1 AND computer_name LIKE 'one%'", pool))
                .isEqualTo(30);
        assertThat(fixture.count("SELECT count(DISTINCT xmin::text) FROM desktops"))
                .as("transactions")
                .isLessThanOrEqualTo(10);
    }

    @Test
    void whatTheDatabaseRefusesOfOneDoesNotFailTheOthers() {
        String secret = secret(PROJECT, null, null, null);
        fixture.execute("ALTER TABLE desktops ADD CHECK (computer_name <> 'cursed')");

        var all = IntStream.range(0, 20)
                .mapToObj(i -> enroll(request(secret, i == 13 ? "cursed" : "pc" + i, key())))
                .toList();
        await(Future.join(all).otherwiseEmpty());

        assertThat(all.stream().filter(Future::failed)).hasSize(1);
        assertThat(all.get(13).failed()).isTrue();
        assertThat(fixture.count("SELECT count(*) FROM desktops")).isEqualTo(19);
        assertThat(fixture.count("SELECT uses FROM enrollment_tokens")).isEqualTo(19);
    }

    @Test
    void refusesWithTheReason() {
        String key = key();
        String good = secret(PROJECT, null, null, null);
        String short5 = secret(PROJECT, null, now.plus(Duration.ofMinutes(5)), null);
        UUID id = await(enroll(request(good, "pc", key)));

        assertThat(refused(request("no such secret", "pc", key()))).isEqualTo(Reason.UNKNOWN);
        assertThat(refused(request(secret(OTHER_PROJECT, null, null, null), "pc", key)))
                .isEqualTo(Reason.INVALID);
        assertThat(refused(new Enrollment.Request(good, "pc", key, onMachine("machine-2"))))
                .isEqualTo(Reason.CLONE);
        now = now.plus(Duration.ofMinutes(5));
        assertThat(refused(request(short5, "pc", key()))).isEqualTo(Reason.EXPIRED);

        await(new Desktops(database, desktops, (tx, project, gone) -> Future.succeededFuture(), gone -> {})
                .delete(PROJECT, id));
        assertThat(refused(request(good, "pc", key))).isEqualTo(Reason.REVOKED);
        assertThat(await(enroll(request(good, "pc", key())))).isNotEqualTo(id);
    }

    @Test
    void aRevokedTokenIsUnknownAndListedNoMore() {
        EnrollmentTokens.Created created =
                await(tokens.create(PROJECT, new EnrollmentToken.New(null, "text", null, null)));
        UUID id = created.token().id();

        assertThatThrownBy(() -> await(tokens.revoke(OTHER_PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        assertThat(await(tokens.list(OTHER_PROJECT, 10, 0)).total()).isZero();
        assertThat(await(tokens.list(PROJECT, 10, 0)).rows()).containsExactly(created.token());
        await(tokens.revoke(PROJECT, id));

        assertThat(await(tokens.list(PROJECT, 10, 0)).total()).isZero();
        assertThatThrownBy(() -> await(tokens.revoke(PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        String secret = Enrollment.Token.decode(created.text()).secret();
        assertThat(refused(request(secret, "pc", key()))).isEqualTo(Reason.UNKNOWN);
    }

    @Test
    void aPlaceGoesWithItsToken() {
        UUID id = await(tokens.create(PROJECT, new EnrollmentToken.New(null, "text", null, 1)))
                .token()
                .id();
        fixture.execute(
                "INSERT INTO jobs (project_id, job_type, status, begin_time) VALUES ($1, 'create', 'WAITING', now())",
                PROJECT);
        fixture.execute(
                "INSERT INTO sub_jobs (job_id, project_id, job_type, status, begin_time, deadline, token_id)"
                        + " SELECT j.id, j.project_id, j.job_type, 'WAITING', now(), now(), t.id FROM jobs j, enrollment_tokens t");

        await(tokens.revoke(PROJECT, id));

        assertThat(fixture.count("SELECT count(*) FROM sub_jobs WHERE status = 'FAILED' AND reason LIKE '%revoked'"))
                .isEqualTo(1);
        assertThat(fixture.count("SELECT count(*) FROM jobs WHERE status = 'FAIL'"))
                .isEqualTo(1);
    }

    @Test
    void storesNoSecretAndShowsItOnce() {
        EnrollmentTokens.Created created = await(tokens.create(PROJECT, new EnrollmentToken.New(null, "", null, null)));

        Enrollment.Token token = Enrollment.Token.decode(created.text());
        assertThat(token.endpoint()).isEqualTo("http://127.0.0.1:8080");
        assertThat(Base64.getUrlDecoder().decode(token.secret())).hasSize(32);
        assertThat(created.toString()).doesNotContain(created.text()).doesNotContain(token.secret());
        assertThat(fixture.count(
                        "SELECT count(*) FROM enrollment_tokens t WHERE t::text LIKE '%' || $1 || '%'", token.secret()))
                .isZero();
    }

    @Test
    void aTokenCannotPointToAnotherProjectsPoolOrToThePast() {
        UUID foreign = fixture.pool(OTHER_PROJECT, "pool");

        assertThatThrownBy(() -> await(tokens.create(PROJECT, new EnrollmentToken.New(foreign, "", null, null))))
                .isInstanceOf(ApiException.NotFound.class);
        assertThatThrownBy(() -> await(tokens.create(PROJECT, new EnrollmentToken.New(null, "", now, null))))
                .isInstanceOf(ApiException.BadRequest.class);
    }

    /** On one event loop, as requests come. */
    private Future<UUID> enroll(Enrollment.Request request) {
        Promise<UUID> enrolled = Promise.promise();
        loop.runOnContext(go -> enrollments.enroll(request).onComplete(enrolled));
        return enrolled.future();
    }

    private @Nullable Reason refused(Enrollment.Request request) {
        return reason(catchThrowableOfType(RefusedException.class, () -> await(enroll(request))));
    }

    private static @Nullable Reason reason(Throwable failure) {
        return failure instanceof RefusedException refused ? refused.refusal().reason() : null;
    }

    private String secret(
            String projectId, @Nullable UUID poolId, @Nullable Instant expiresAt, @Nullable Integer maxUses) {
        return Enrollment.Token.decode(
                        await(tokens.create(projectId, new EnrollmentToken.New(poolId, "", expiresAt, maxUses)))
                                .text())
                .secret();
    }

    private static Enrollment.Request request(String secret, String name, String key) {
        return new Enrollment.Request(secret, name, key, host());
    }

    private static HostInfo onMachine(String machineId) {
        HostInfo host = host();
        return new HostInfo(
                host.osType(),
                host.osName(),
                host.osVersion(),
                host.architecture(),
                host.hostname(),
                machineId,
                host.bootId(),
                host.bootTime(),
                host.cpu(),
                host.memoryBytes(),
                host.disks(),
                host.interfaces(),
                host.users());
    }

    private static String key() {
        return SigningKey.generate().verifyingKey().toBase64();
    }
}
