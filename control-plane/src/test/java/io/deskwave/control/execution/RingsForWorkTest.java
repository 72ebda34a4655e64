package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The end of a record wakes the dispatcher where there is something to do then, and only there: to look costs. */
@ExtendWith(VertxExtension.class)
final class RingsForWorkTest {
    private final AtomicInteger rung = new AtomicInteger();
    private Fleet fleet;
    private UUID first;
    private UUID second;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx);
        first = fleet.desktop("d0", true);
        second = fleet.desktop("d1", true);
        fleet.changes.onRing((taskIds, work) -> rung.addAndGet(work ? 1 : 0));
    }

    @AfterEach
    void close() {
        get(fleet.database.close());
    }

    private List<Assignment> claimed(ExecutionRequest request) {
        fleet.start(request);
        List<Assignment> claimed = fleet.claim();
        rung.set(0);
        return claimed;
    }

    @Test
    void notWhereNothingWaitsForTheDesktop() {
        List<Assignment> claimed = claimed(fleet.request(List.of(first, second), 0));
        fleet.start(fleet.request(List.of(second), 0));
        rung.set(0);
        fleet.run(ofDesktop(claimed, first), 0);
        assertThat(rung).hasValue(0);
    }

    @Test
    void whereAnotherTaskWaitsForIt() {
        List<Assignment> claimed = claimed(fleet.request(List.of(first, second), 0));
        fleet.start(fleet.request(List.of(second), 0));
        rung.set(0);
        fleet.run(ofDesktop(claimed, second), 0);
        assertThat(rung).hasValue(1);
        assertThat(fleet.claim()).extracting(Assignment::desktopId).containsExactly(second);
    }

    @Test
    void whereTheGateOpens() {
        List<Assignment> gray = claimed(fleet.request(List.of(first, second), 1));
        assertThat(gray).hasSize(1);
        fleet.run(gray.get(0), 0);
        assertThat(rung).hasValue(1);
        assertThat(fleet.claim()).hasSize(1);
    }

    /** What it ends was locked meanwhile, and a claim passes over what is. */
    @Test
    void whereTheGateCloses() {
        List<Assignment> gray = claimed(fleet.request(List.of(first, second), 1));
        fleet.run(gray.get(0), 1);
        assertThat(rung).hasValue(1);
        assertThat(fleet.claim()).isEmpty();
    }

    @Test
    void whereAStepFollows() {
        var work = new Work.Command("true", ScriptType.SHELL, List.of(0));
        List<Assignment> claimed = claimed(fleet.request(List.of(first), 0, null, null, PostFinish.REBOOT, work));
        fleet.run(claimed.get(0), 0);
        assertThat(rung).hasValue(1);
        assertThat(get(fleet.assignments.listAttention(Fleet.NODE))).hasSize(1);
    }

    /** What the other made is not seen by the first, and its own look found the desktop taken. */
    @Test
    void whereAnotherTransactionRangWhileThisOneFreedADesktop() {
        freed(Future.succeededFuture());
        assertThat(rung).hasValue(0);
        freed(fleet.changes.commit(tx -> Future.succeededFuture(new Change<>(true, Set.of(), true))));
        assertThat(rung).hasValue(2);
    }

    private void freed(Future<?> meanwhile) {
        get(fleet.changes.commit(tx -> meanwhile.map(done -> new Change<>(true, Set.of(), false, true))));
    }

    private static Assignment ofDesktop(List<Assignment> claimed, UUID desktopId) {
        return claimed.stream()
                .filter(a -> a.desktopId().equals(desktopId))
                .findFirst()
                .orElseThrow();
    }
}
