package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.NODE;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.NodeStore.Trace;
import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeStoreTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final NodeStore store = new NodeStore();
    private final UUID other = UUID.randomUUID();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void releasesTheSessionsOfThoseThatWereNamedOnly() {
        UUID ghost = UUID.randomUUID();
        UUID onLive = fixture.desktop(PROJECT, null, "live");
        UUID onOther = fixture.desktop(PROJECT, null, "other");
        UUID onGhost = fixture.desktop(PROJECT, null, "ghost");
        assertThat(beat(NODE)).isTrue();
        assertThat(beat(other)).isTrue();
        fixture.connect(onLive, host());
        fixture.connect(onOther, other, host());
        fixture.connect(onGhost, ghost, host());
        List<Trace> others = others();
        assertThat(others).containsExactlyInAnyOrder(new Trace(other, 1L, NOW), new Trace(ghost, null, null));
        assertThat(beat(NODE)).isFalse();

        assertThat(release(others)).isEqualTo(2);
        assertThat(connected(onLive)).isTrue();
        assertThat(connected(onOther)).isFalse();
        assertThat(connected(onGhost)).isFalse();
        assertThat(beat(other))
                .as("a node that wakes up is told that it lost its sessions")
                .isTrue();

        assertThat(await(store.release(database.client(), NODE))).isEqualTo(1);
        assertThat(connected(onLive)).isFalse();
    }

    @Test
    void aNodeThatHasBeatenMeanwhileIsLeftAlone() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        assertThat(beat(other)).isTrue();
        fixture.connect(desktop, other, host());
        List<Trace> before = others();
        assertThat(beat(other)).as("at the same instant of a clock that stands").isFalse();

        assertThat(release(before)).isZero();
        assertThat(connected(desktop)).isTrue();
        assertThat(release(List.of(new Trace(other, null, null))))
                .as("it has a row again")
                .isZero();
        assertThat(release(others())).isEqualTo(1);
    }

    /** It writes no beats. */
    @Test
    void aNodeOfTheVersionBeforeIsSeenByItsTime() {
        fixture.execute("INSERT INTO nodes (id, started_at, seen_at) VALUES ($1, now(), now())", other);
        List<Trace> before = others();
        fixture.execute("UPDATE nodes SET seen_at = seen_at + interval '5 s' WHERE id = $1", other);

        assertThat(others()).isNotEqualTo(before);
        assertThat(release(before)).isZero();
        assertThat(others()).hasSize(1);
    }

    @Test
    void aDesktopThatComesInWhileDeadNodesAreReleasedKeepsItsNode() {
        UUID desktop = fixture.desktop(PROJECT, null, "comes back");
        assertThat(beat(other)).isTrue();
        fixture.connect(desktop, other, host());
        List<Trace> dead = others();

        var releasing = new AtomicReference<Future<Integer>>();
        var arrival = fixture.arrival(desktop, host());
        Set<Session> cameIn = await(database.inTransaction(
                tx -> new SessionStore().connect(tx, NODE, List.of(arrival)).compose(arrived -> {
                    releasing.set(store.releaseDead(database.client(), dead));
                    return tx.query(
                                    """
                                    DO $$ BEGIN FOR i IN 1..1000 LOOP
                                        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
                                        PERFORM pg_sleep(0.01);
                                    END LOOP; END $$
                                    """)
                            .execute()
                            .map(arrived.sessions());
                })));

        assertThat(cameIn).hasSize(1);
        assertThat(await(Objects.requireNonNull(releasing.get()))).isZero();
        assertThat(connected(desktop)).isTrue();
    }

    private boolean beat(UUID node) {
        return await(store.beat(database.client(), node, NOW, NOW));
    }

    private List<Trace> others() {
        return await(store.listOthers(database.client(), NODE));
    }

    private int release(List<Trace> dead) {
        return await(store.releaseDead(database.client(), dead));
    }

    private boolean connected(UUID desktop) {
        return fixture.count("SELECT count(node_id) FROM desktops WHERE id = $1", desktop) == 1;
    }
}
