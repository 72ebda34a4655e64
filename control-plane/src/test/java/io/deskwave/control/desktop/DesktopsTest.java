package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DesktopsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final DesktopStore store = new DesktopStore();
    private final List<UUID> closed = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aDeletedDesktopIsGoneButItsKeyIsRemembered() {
        UUID pool = fixture.pool(PROJECT, "pool");
        UUID id = fixture.desktop(PROJECT, pool, "pc");
        SessionStore.Session session = fixture.connect(id, host());

        await(desktops().delete(PROJECT, id));

        assertThat(closed).containsExactly(id);
        assertThat(await(store.list(database.client(), PROJECT, DesktopFilter.ALL, 10, 0))
                        .total())
                .isZero();
        assertThat(await(store.find(database.client(), PROJECT, id))).isEmpty();
        assertThat(await(store.findTargets(database.client(), PROJECT, List.of(id))))
                .isEmpty();
        assertThat(await(store.listPoolTargets(database.client(), PROJECT, pool)))
                .isEmpty();
        assertThat(await(new IdentityStore().findKeys(database.client(), List.of(id)))
                        .get(id))
                .matches(key -> key != null && key.deleted());
        var sessions = new SessionStore();
        var arrival = fixture.arrival(id, host());
        assertThat(await(sessions.connect(database.client(), DesktopFixture.NODE, List.of(arrival)))
                        .sessions())
                .isEmpty();
        assertThat(await(sessions.disconnect(database.client(), List.of(session))))
                .isEmpty();
        assertThatThrownBy(() -> await(desktops().delete(PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
    }

    @Test
    void staysWhenWhatDependsOnItCannotBeEnded() {
        UUID id = fixture.desktop(PROJECT, null, "pc");
        var failing = new Desktops(
                database, store, (tx, project, desktop) -> Future.failedFuture("records are stuck"), closed::add);

        assertThatThrownBy(() -> await(failing.delete(PROJECT, id))).hasMessage("records are stuck");
        assertThat(closed).isEmpty();
        assertThat(await(store.find(database.client(), PROJECT, id))).isPresent();
    }

    @Test
    void theDesktopIsStillThereWhenWhatDependsOnItEnds() {
        UUID id = fixture.desktop(PROJECT, null, "pc");
        var seen = new CopyOnWriteArrayList<Boolean>();
        var watching = new Desktops(
                database,
                store,
                (tx, project, desktop) -> store.find(tx, project, desktop)
                        .onSuccess(found -> seen.add(found.isPresent()))
                        .mapEmpty(),
                closed::add);

        await(watching.delete(PROJECT, id));

        assertThat(seen).containsExactly(true);
    }

    @Test
    void renamesAndKeepsWhatIsNotSent() {
        UUID id = fixture.desktop(PROJECT, null, "pc");

        await(desktops().update(PROJECT, id, null, new JsonObject().put("self_backup_management", "1")));
        await(desktops().update(PROJECT, id, "new name", new JsonObject()));

        Desktop desktop = await(desktops().get(PROJECT, id));
        assertThat(desktop.computerName()).isEqualTo("new name");
        assertThat(desktop.selfBackupManagement()).isEqualTo("1");
    }

    @Test
    void desktopsOfOtherProjectsDoNotExist() {
        UUID id = fixture.desktop(OTHER_PROJECT, null, "pc");

        assertThatThrownBy(() -> await(desktops().get(PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        assertThatThrownBy(() -> await(desktops().update(PROJECT, id, "x", new JsonObject())))
                .isInstanceOf(ApiException.NotFound.class);
        assertThatThrownBy(() -> await(desktops().delete(PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        assertThat(await(desktops().get(OTHER_PROJECT, id)).computerName()).isEqualTo("pc");
    }

    private Desktops desktops() {
        return new Desktops(database, store, (tx, project, id) -> Future.succeededFuture(), closed::add);
    }
}
