package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.SessionStore;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of what a firing follows between its being written down and its start. */
class ConditionStoreTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = TestDatabase.fresh(VERTX);
    private static final DesktopFixture FIXTURE = new DesktopFixture(DATABASE);

    private final ConditionStore store = new ConditionStore();
    private final SessionStore sessions = new SessionStore();
    private final UUID desktop = FIXTURE.desktop(PROJECT, null, "pc");

    @AfterAll
    static void close() throws Exception {
        VERTX.close().await(10, TimeUnit.SECONDS);
    }

    @BeforeEach
    void goOn() {
        FIXTURE.execute("UPDATE desktops SET attributes = '{\"user_name\": \"ann\"}' WHERE id = $1", desktop);
    }

    private static WaitingFiring firing(@Nullable Trigger trigger, UUID... desktops) {
        var request = new JsonObject().put("life_cycle_type", trigger == null ? null : trigger.name());
        return new WaitingFiring(
                UUID.randomUUID(),
                UUID.randomUUID(),
                PROJECT,
                await(Database.now(DATABASE.client())),
                request,
                trigger == null ? null : Arrays.asList(desktops),
                true,
                false,
                false,
                "u");
    }

    private Map<UUID, Set<UUID>> holding(WaitingFiring... firings) {
        return await(store.findHolding(DATABASE.client(), List.of(firings)));
    }

    private Set<UUID> held(WaitingFiring firing) {
        return Objects.requireNonNull(holding(firing).get(firing.id()));
    }

    private void users(Session session, String... names) {
        assertThat(await(sessions.updateHosts(
                        DATABASE.client(), List.of(new HostChange(session, host("10.0.0.1", names))))))
                .hasSize(1);
    }

    private void leave(Session session) {
        assertThat(await(sessions.disconnect(DATABASE.client(), List.of(session))))
                .hasSize(1);
    }

    private WaitingFiring happened(Trigger trigger) {
        Session session = FIXTURE.connect(desktop, host("10.0.0.1", "ann"));
        if (trigger == Trigger.POST_DESKTOP_DISCONNECTED) {
            users(session);
        } else if (trigger == Trigger.POST_DESKTOP_CANNOT_CONNECT) {
            leave(session);
        }
        return firing(trigger, desktop);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void holdsWhileNothingElseHappens(Trigger trigger) {
        assertThat(held(happened(trigger))).containsExactly(desktop);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void aDeletedDesktopIsOver(Trigger trigger) {
        WaitingFiring firing = happened(trigger);
        FIXTURE.execute("UPDATE desktops SET deleted_at = now(), node_id = NULL WHERE id = $1", desktop);
        assertThat(held(firing)).isEmpty();
    }

    @Test
    void whoIsLoggedOnSinceIsNotLoggedOffAlsoWhenTheyGoAgain() {
        WaitingFiring firing = happened(Trigger.POST_DESKTOP_DISCONNECTED);
        Session session = FIXTURE.connect(desktop, host("10.0.0.1", "bob"));
        assertThat(held(firing)).isEmpty();
        users(session);
        assertThat(held(firing)).isEmpty();
        assertThat(held(firing(Trigger.POST_DESKTOP_DISCONNECTED, desktop))).containsExactly(desktop);
    }

    @Test
    void whoIsLoggedOnAsANodeOfTheVersionBeforeSaysIsNotLoggedOff() {
        WaitingFiring firing = happened(Trigger.POST_DESKTOP_DISCONNECTED);
        FIXTURE.execute(
                "UPDATE desktops SET host = jsonb_set(host, '{users}', '[{\"name\": \"bob\"}]') WHERE id = $1",
                desktop);
        assertThat(held(firing)).isEmpty();
    }

    @Test
    void aDesktopThatCameBackCanConnectAlsoWhenItLeavesAgain() {
        WaitingFiring firing = happened(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        Session back = FIXTURE.connect(desktop, host());
        assertThat(held(firing)).isEmpty();
        leave(back);
        assertThat(held(firing)).isEmpty();
    }

    @Test
    void aDesktopThatIsDetachedSinceIsNobodysToGreet() {
        WaitingFiring firing = happened(Trigger.POST_REATTACH_DESKTOP_SUCCESS);
        FIXTURE.execute("UPDATE desktops SET attributes = '{}' WHERE id = $1", desktop);
        assertThat(held(firing)).isEmpty();
    }

    @Test
    void eachFiringOfABatchIsAskedForByItself() {
        WaitingFiring over = happened(Trigger.POST_DESKTOP_CANNOT_CONNECT);
        FIXTURE.connect(desktop, host());
        UUID other = FIXTURE.desktop(PROJECT, null, "pc-2");
        WaitingFiring both = firing(Trigger.POST_REBUILD_DESKTOP_SUCCESS, desktop, other);
        WaitingFiring onTime = firing(null);
        assertThat(holding(over, both, onTime))
                .isEqualTo(Map.of(over.id(), Set.of(), both.id(), Set.of(desktop, other)));
        assertThat(holding(onTime)).isEmpty();
    }
}
