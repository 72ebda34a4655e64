package io.deskwave.control.agent;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.Desktops;
import io.deskwave.control.desktop.IdentityStore;
import io.deskwave.protocol.Assertion;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.Refusal.Reason;
import io.deskwave.protocol.SigningKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentIdentitiesTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final UUID INSTANCE = UUID.randomUUID();

    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopStore desktops = new DesktopStore();
    private final AgentIdentities identities =
            new AgentIdentities(database, new IdentityStore(), vertx.createSharedWorkerExecutor("verifying", 1));
    private final SigningKey keys = SigningKey.generate();
    private UUID id = UUID.randomUUID();

    @BeforeEach
    void enrol() {
        new DesktopFixture(database);
        String key = keys.verifyingKey().toBase64();
        var desktop = new IdentityStore.New(PROJECT, null, "pc", key, host());
        id = Objects.requireNonNull(await(new IdentityStore().insert(database.client(), List.of(desktop)))
                .get(key));
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void knowsTheHolderOfTheKey() {
        assertThat(await(identities.verify(header(assertion("machine-1", NOW.minusSeconds(300)), keys), NOW)))
                .isEqualTo(new AgentIdentities.Identity(
                        id, PROJECT, keys.verifyingKey().toBase64(), "machine-1", INSTANCE, null));
    }

    @Test
    void refusesWithTheReason() {
        Assertion good = assertion("machine-1", NOW);
        Duration tooFar = Duration.ofSeconds(Protocol.ASSERTION_SECONDS + 1);
        var unknown = new Assertion(Assertion.SESSION_AUDIENCE, UUID.randomUUID(), "machine-1", INSTANCE, NOW);
        var otherAudience = new Assertion("something else", id, "machine-1", INSTANCE, NOW);

        refused(header(unknown, keys), Reason.UNKNOWN, 403);
        refused(header(good, SigningKey.generate()), Reason.INVALID, 401);
        refused(header(otherAudience, keys), Reason.INVALID, 401);
        refused(header(assertion("machine-1", NOW.plus(tooFar)), keys), Reason.CLOCK, 401);
        refused(header(assertion("machine-1", NOW.minus(tooFar)), keys), Reason.CLOCK, 401);
        refused(header(assertion("machine-1", Instant.MAX), keys), Reason.CLOCK, 401);
        refused(header(assertion("machine-2", NOW), keys), Reason.CLONE, 409);
        refused(header(assertion("machine-2", NOW.plus(tooFar)), SigningKey.generate()), Reason.INVALID, 401);

        await(new Desktops(database, desktops, (tx, project, gone) -> Future.succeededFuture(), gone -> {})
                .delete(PROJECT, id));
        refused(header(good, keys), Reason.REVOKED, 403);
        refused(header(good, SigningKey.generate()), Reason.INVALID, 401);
    }

    @Test
    void theMachineThatADesktopWasBeforeItWasRebuiltIsToldSo() {
        SigningKey newer = SigningKey.generate();
        await(database.client()
                .preparedQuery("UPDATE desktops SET former_key = public_key, public_key = $2 WHERE id = $1")
                .execute(Tuple.of(id, newer.verifyingKey().toBase64())));
        Assertion good = assertion("machine-1", NOW);
        refused(header(good, keys), Reason.REVOKED, 403);
        refused(header(good, SigningKey.generate()), Reason.INVALID, 401);
        assertThat(await(identities.verify(header(good, newer), NOW)).desktopId())
                .isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer x",
                "Deskwave-Agent",
                "Deskwave-Agent ",
                "Deskwave-Agent .",
                "Deskwave-Agent e30.",
                "Deskwave-Agent e30.AAAA",
                "Deskwave-Agent bnVsbA.AAAA",
                "Deskwave-Agent %%%.AAAA",
                "Deskwave-Agent e30.%%%",
            })
    void refusesWhatIsNoAssertion(String header) {
        refused(header, Reason.INVALID, 401);
    }

    @Test
    void refusesNoHeaderAndOneThatIsTooLong() {
        refused(null, Reason.INVALID, 401);
        refused(Protocol.ASSERTION_SCHEME + "A".repeat(10_000) + ".AAAA", Reason.INVALID, 401);
    }

    private void refused(@Nullable String header, Reason reason, int status) {
        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> await(identities.verify(header, NOW)));
        assertThat(refused).isNotNull();
        assertThat(refused.refusal().reason()).isEqualTo(reason);
        assertThat(refused.refusal().serverTime()).isEqualTo(NOW);
        assertThat(refused.httpStatus()).isEqualTo(status);
    }

    private Assertion assertion(String machineId, Instant issuedAt) {
        return new Assertion(Assertion.SESSION_AUDIENCE, id, machineId, INSTANCE, issuedAt);
    }

    private static String header(Assertion assertion, SigningKey key) {
        return Protocol.ASSERTION_SCHEME + assertion.sign(key);
    }
}
