package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionStoreTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final DesktopStore desktops = new DesktopStore();
    private final SessionStore store = new SessionStore();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aSecondSessionFencesTheFirst() {
        UUID id = fixture.desktop(PROJECT, null, "pc");
        Session first = fixture.connect(id, host());
        Session second = fixture.connect(id, host("10.9.9.9", "ann"));

        assertThat(second.epoch()).isGreaterThan(first.epoch());
        assertThat(await(store.updateHosts(database.client(), List.of(new HostChange(first, host("1.1.1.1"))))))
                .isEmpty();
        assertThat(await(store.disconnect(database.client(), List.of(first)))).isEmpty();
        Desktop desktop = get(id);
        assertThat(desktop.connected()).isTrue();
        assertThat(desktop.host()).isEqualTo(host("10.9.9.9", "ann"));
        assertThat(desktop.scriptTypes()).containsExactly(ScriptType.SHELL);

        assertThat(await(store.updateHosts(database.client(), List.of(new HostChange(second, host("1.1.1.1"))))))
                .containsExactly(second);
        assertThat(await(store.disconnect(database.client(), List.of(second)))).containsExactly(second);
        assertThat(await(store.disconnect(database.client(), List.of(second)))).isEmpty();
        assertThat(get(id).connected()).isFalse();
        assertThat(get(id).host()).isEqualTo(host("1.1.1.1"));
    }

    @Test
    void eachOfAGroupGetsWhatIsItsOwn() {
        List<UUID> ids = IntStream.range(0, 5)
                .mapToObj(i -> fixture.desktop(PROJECT, null, "pc-" + i))
                .toList();
        Session olderOfThree = fixture.connect(ids.get(3), host());
        var arrivals = new ArrayList<SessionStore.Arrival>();
        for (int i = 0; i < ids.size(); i++) {
            Set<ScriptType> types = i == 0 ? Set.of() : Set.of(ScriptType.SHELL, ScriptType.BAT);
            arrivals.add(new SessionStore.Arrival(
                    ids.get(i), fixture.key(ids.get(i)), UUID.randomUUID(), host("10.0.0." + i), types, "v" + i));
        }
        arrivals.add(fixture.arrival(UUID.randomUUID(), host()));

        Set<Session> sessions =
                await(store.connect(database.client(), NODE, arrivals)).sessions();

        assertThat(sessions).extracting(Session::desktopId).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(get(ids.get(0)).scriptTypes()).isEmpty();
        for (int i = 1; i < ids.size(); i++) {
            assertThat(get(ids.get(i)).host()).isEqualTo(host("10.0.0." + i));
            assertThat(get(ids.get(i)).agentVersion()).isEqualTo("v" + i);
            assertThat(get(ids.get(i)).scriptTypes()).containsExactlyInAnyOrder(ScriptType.SHELL, ScriptType.BAT);
        }
        var leaving = new ArrayList<>(sessions);
        leaving.removeIf(session -> session.desktopId().equals(ids.get(3)));
        leaving.add(olderOfThree);
        assertThat(await(store.disconnect(database.client(), leaving)))
                .as("all but the one that a newer session replaced")
                .hasSize(4)
                .doesNotContain(olderOfThree);
        assertThat(get(ids.get(3)).connected()).isTrue();
        assertThat(fixture.count("SELECT count(*) FROM desktops WHERE node_id IS NOT NULL"))
                .isEqualTo(1);
    }

    @Test
    void groupsThatNameTheSameDesktopsInAnyOrderDoNotWaitForEachOther() {
        List<UUID> ids = IntStream.range(0, 60)
                .mapToObj(i -> fixture.desktop(PROJECT, null, "pc-" + i))
                .toList();
        var arrivals = new HashMap<UUID, SessionStore.Arrival>();
        ids.forEach(id -> arrivals.put(id, fixture.arrival(id, host())));
        var random = new Random(1);
        List<Future<?>> all = new ArrayList<>();
        for (int round = 0; round < 30; round++) {
            List<UUID> shuffled = new ArrayList<>(ids);
            Collections.shuffle(shuffled, random);
            all.add(store.connect(
                    database.client(),
                    NODE,
                    shuffled.stream().map(arrivals::get).toList()));
            all.add(store.disconnect(
                    database.client(),
                    shuffled.stream().map(id -> new Session(id, 7)).toList()));
            all.add(store.updateHosts(
                    database.client(),
                    shuffled.stream()
                            .map(id -> new HostChange(new Session(id, 9), host()))
                            .toList()));
            all.add(new NodeStore().releaseDead(database.client(), List.of(new NodeStore.Trace(NODE, null, null))));
        }

        await(Future.all(all));
        assertThat(fixture.count("SELECT min(session_epoch) FROM desktops")).isEqualTo(30);
    }

    private List<String> told() {
        List<String> told = new ArrayList<>();
        await(database.client()
                        .query("SELECT kind FROM desktop_events ORDER BY no")
                        .execute())
                .forEach(row -> told.add(row.getString("kind")));
        return told;
    }

    private static HostInfo booted(String bootId, long memory, String... users) {
        HostInfo h = host("10.0.0.1", users);
        return new HostInfo(
                h.osType(),
                h.osName(),
                h.osVersion(),
                h.architecture(),
                h.hostname(),
                h.machineId(),
                bootId,
                h.bootTime(),
                h.cpu(),
                memory,
                h.disks(),
                h.interfaces(),
                h.users());
    }

    @Test
    void anAgentThatHasNotLookedYetSaysNothingOfUsers() {
        UUID id = fixture.desktop(PROJECT, null, "pc");
        fixture.connect(id, booted("boot-1", 1, "ann"));
        Session again = fixture.connect(id, booted("boot-1", 0));
        assertThat(told()).containsExactly("CREATED");
        await(store.updateHosts(database.client(), List.of(new HostChange(again, booted("boot-1", 1, "ann")))));
        assertThat(told()).containsExactly("CREATED");
        await(store.updateHosts(database.client(), List.of(new HostChange(again, booted("boot-1", 1)))));
        await(store.updateHosts(database.client(), List.of(new HostChange(again, booted("boot-1", 1)))));
        assertThat(told()).containsExactly("CREATED", "LOGGED_OFF");
    }

    @Test
    void aRebootLogsUsersOffUnlessItWasLongAgo() {
        UUID soon = fixture.desktop(PROJECT, null, "pc-1");
        UUID late = fixture.desktop(PROJECT, null, "pc-2");
        for (UUID id : List.of(soon, late)) {
            Session session = fixture.connect(id, booted("boot-1", 1, "ann"));
            await(store.disconnect(database.client(), List.of(session)));
        }
        fixture.execute("UPDATE desktops SET last_seen_at = now() - interval '11 minutes' WHERE id = $1", late);
        fixture.execute("DELETE FROM desktop_events");
        Session first = fixture.connect(late, booted("boot-2", 0));
        await(store.updateHosts(database.client(), List.of(new HostChange(first, booted("boot-2", 1)))));
        assertThat(told()).isEmpty();
        fixture.connect(soon, booted("boot-2", 1));
        assertThat(told()).containsExactly("LOGGED_OFF");
    }

    private Desktop get(UUID id) {
        return await(desktops.find(database.client(), PROJECT, id)).orElseThrow();
    }
}
