package io.deskwave.control.dispatch;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.execution.Assignment;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.RecordStatus;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.control.script.Scripts;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The signature takes as long as the test wants. */
class OrdersTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final List<UUID> sent = new ArrayList<>();
    private final Promise<Void> signed = Promise.promise();
    private long live = 7;
    private final Orders orders = new Orders(
            vertx,
            new Assignments(
                    new Changes(database, UUID.randomUUID()),
                    new Scripts(database, new ScriptStore()),
                    InstantSource.system()),
            (desktopId, epoch, message) -> epoch == live && sent.add(desktopId),
            this::sign);
    private boolean fresh = true;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private Future<List<RunScript>> sign(List<RunScript> unsigned) {
        return signed.future().map(unsigned);
    }

    private Assignment assignment() {
        var fixture = new DesktopFixture(database);
        UUID script = UUID.randomUUID();
        await(database.inTransaction(tx -> tx.query("INSERT INTO scripts (id, project_id, type) VALUES ('" + script
                        + "', '" + PROJECT + "', 'SHELL');"
                        + "INSERT INTO script_versions (script_id, version_no, name, content) VALUES ('" + script
                        + "', 1, 'n', 'true')")
                .execute()));
        return new Assignment(
                UUID.randomUUID(),
                UUID.randomUUID(),
                fixture.desktop(PROJECT, null, "pc"),
                1,
                RecordStatus.WAITING,
                ScriptType.SHELL,
                script,
                1,
                1,
                false,
                null,
                null,
                null,
                null,
                null,
                7,
                "boot-1",
                Set.of("SHELL"));
    }

    @Test
    void whatWasReadJustNowIsSent() {
        Assignment assignment = assignment();
        signed.complete();
        await(orders.send(List.of(assignment), () -> fresh));
        assertThat(sent).containsExactly(assignment.desktopId());
    }

    @Test
    void whatWasReadInOneSessionIsNotSentIntoTheNextWhichMayHaveDoneItAndForgotten() {
        Future<Void> sending = orders.send(List.of(assignment()), () -> fresh);
        live++;
        signed.complete();
        await(sending);
        assertThat(sent).isEmpty();
    }

    @Test
    void whatWasReadBeforeThisNodeStoodStillIsNotSentAnyMore() {
        Future<Void> sending = orders.send(List.of(assignment()), () -> fresh);
        fresh = false;
        signed.complete();
        assertThatThrownBy(() -> await(sending)).hasMessageContaining("stood still");
        assertThat(sent).isEmpty();
    }
}
