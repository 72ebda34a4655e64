package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.execution.Assignments.Returned;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.deskwave.protocol.ServerMessage.Verdict.Action;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many desktops that come back in one transaction, on a real database. */
@ExtendWith(VertxExtension.class)
final class ReconcilingTest {
    private final List<UUID> desktops = new ArrayList<>();
    private Fleet fleet;
    private UUID task;
    private List<Assignment> claimed;

    @BeforeEach
    void startOnFive(Vertx vertx) {
        fleet = new Fleet(vertx);
        for (String name : List.of("a", "b", "c", "d", "e")) {
            desktops.add(fleet.desktop(name, true));
        }
        task = fleet.start(fleet.request(desktops, 0));
        List<Assignment> all = fleet.claim();
        claimed = desktops.stream()
                .map(id -> all.stream()
                        .filter(one -> one.desktopId().equals(id))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    @AfterEach
    void countersAlwaysDeriveFromTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        get(fleet.database.close());
    }

    private Held held(int of) {
        return new Held(claimed.get(of).recordId(), claimed.get(of).attempt(), fleet.now, false);
    }

    private Returned returned(int desktop, Held... held) {
        return new Returned(desktops.get(desktop), List.of(held));
    }

    @Test
    void eachIsToldOfItsOwnAndWhatIsLostEnds() {
        claimed.subList(0, 4).forEach(fleet::started);
        assertThat(fleet.printed(claimed.get(0), 0, OutputStreamName.STDOUT, 0, "abc")
                        .nextSeq())
                .isEqualTo(1);
        get(fleet.interventions.stop(
                Fleet.PROJECT, new Interventions.Named(claimed.get(2).recordId(), null), "eva"));
        var forgotten = new Held(UUID.randomUUID(), 1, null, false);

        List<List<Verdict>> verdicts = get(fleet.assignments.reconcile(
                List.of(returned(2, held(2)), returned(0, forgotten, held(0)), returned(1), returned(4))));

        assertThat(verdicts).hasSize(4);
        assertThat(verdicts.get(0)).extracting(Verdict::action).containsExactly(Action.STOP);
        assertThat(verdicts.get(1))
                .extracting(Verdict::action, Verdict::nextSeq, Verdict::stdoutOffset)
                .containsExactly(tuple(Action.FORGET, 0L, 0L), tuple(Action.CONTINUE, 1L, 3L));
        assertThat(verdicts.get(2)).isEmpty();
        assertThat(verdicts.get(3)).isEmpty();
        assertThat(fleet.records(task))
                .containsExactly("a: RUNNING", "b: FAILED INTERRUPTED", "c: RUNNING", "d: RUNNING", "e: WAITING");
    }

    @Test
    void whatStillRunsForARecordThatHasEndedIsStoppedAndItsOutcomeKept() {
        Assignment first = claimed.get(0);
        fleet.started(first);
        assertThat(fleet.printed(first, 0, OutputStreamName.STDOUT, 0, "abc").rewind())
                .isFalse();
        fleet.now = fleet.now.plusSeconds(3600);
        assertThat(get(fleet.expiry.expire(fleet.now))).isPositive();
        assertThat(fleet.sql("SELECT stdout_bytes FROM execution_records WHERE id = $1", first.recordId())
                        .get(0)
                        .getLong(0))
                .isEqualTo(3);

        assertThat(fleet.reconcile(desktops.get(0), List.of(held(0))))
                .extracting(Verdict::action)
                .containsExactly(Action.STOP);
        fleet.finished(first, 0);
        assertThat(fleet.records(task)).contains("a: FAILED AGENT_LOST");
        assertThat(fleet.sql("SELECT id FROM execution_records WHERE late_result ->> 'code' = 'EXITED'"))
                .singleElement()
                .satisfies(row -> assertThat(row.getUUID(0)).isEqualTo(first.recordId()));
    }

    @Test
    void whatADesktopSaysOfAnothersRecordIsWithoutEffectAndTellsItNothing() {
        claimed.forEach(fleet::started);
        assertThat(fleet.printed(claimed.get(0), 0, OutputStreamName.STDOUT, 0, "abc")
                        .nextSeq())
                .isEqualTo(1);

        List<List<Verdict>> verdicts = get(fleet.assignments.reconcile(
                List.of(returned(0, held(0)), returned(1, held(0), held(1), held(3)), returned(2, held(1)))));

        assertThat(verdicts.get(0))
                .extracting(Verdict::action, Verdict::nextSeq)
                .containsExactly(tuple(Action.CONTINUE, 1L));
        assertThat(verdicts.get(1))
                .extracting(Verdict::action, Verdict::nextSeq)
                .containsExactly(tuple(Action.FORGET, 0L), tuple(Action.CONTINUE, 0L), tuple(Action.FORGET, 0L));
        assertThat(verdicts.get(2)).extracting(Verdict::action).containsExactly(Action.FORGET);
        assertThat(fleet.records(task))
                .containsExactly("a: RUNNING", "b: RUNNING", "c: FAILED INTERRUPTED", "d: RUNNING", "e: RUNNING");
    }

    @Test
    void oneThatFailsHurtsNoneOfTheOthers(Vertx vertx) throws Exception {
        claimed.forEach(fleet::started);
        fleet.sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a fault'; END $$");
        fleet.sql("CREATE TRIGGER refuse BEFORE UPDATE ON execution_records FOR EACH ROW WHEN (old.id = '"
                + claimed.get(1).recordId() + "') EXECUTE FUNCTION refuse()");
        var grouped = new GroupedCalls<Returned, List<Verdict>>(256, Returned::desktopId, fleet.assignments::reconcile);

        List<Future<List<Verdict>>> each = onEventLoop(
                vertx,
                () -> List.of(
                        grouped.ask(returned(3, held(3))), // goes alone: the others come while it is under way
                        grouped.ask(returned(0, held(0))),
                        grouped.ask(returned(1)),
                        grouped.ask(returned(2))));

        assertThat(get(each.get(1))).extracting(Verdict::action).containsExactly(Action.CONTINUE);
        assertThat(get(each.get(3))).isEmpty();
        assertThatThrownBy(() -> get(each.get(2))).hasMessageContaining("a fault");
        assertThat(fleet.records(task))
                .containsExactly("a: RUNNING", "b: RUNNING", "c: FAILED INTERRUPTED", "d: RUNNING", "e: RUNNING");
    }

    @Test
    void whatTheOldMachineOfARebuiltDesktopWasGivenIsNotForTheNewOne() {
        UUID rebuilt = desktops.get(1);
        claimed.subList(2, 5).forEach(fleet::started);
        UUID other = fleet.start(fleet.request(List.of(rebuilt), 0));

        get(fleet.database.inTransaction(
                tx -> fleet.expiry.desktopReplaced(tx, rebuilt, fleet.now).map(true)));

        assertThat(fleet.records(task)).contains("a: WAITING", "b: FAILED INTERRUPTED", "c: RUNNING");
        assertThat(get(fleet.assignments.findTaken(List.of(rebuilt)))).isEmpty();
        assertThat(fleet.records(other)).as("it was not begun").containsExactly("b: WAITING");
        fleet.connect(rebuilt, "boot-2");
        assertThat(fleet.claim()).extracting(Assignment::taskId).containsExactly(other);
    }

    @Test
    void norIsTheStepThatWasToFollow() {
        UUID rebuilt = desktops.get(0);
        fleet.run(claimed.get(0), 0);
        for (boolean ended : new boolean[] {true, false}) {
            UUID stopping = fleet.start(fleet.request(
                    List.of(rebuilt),
                    0,
                    null,
                    null,
                    ExecutionRequest.PostFinish.STOP,
                    new ExecutionRequest.Work.Command("true", ScriptType.SHELL, List.of(0))));
            Assignment last = fleet.claim().get(0);
            fleet.started(last);
            if (ended) {
                fleet.finished(last, 0);
            }
            get(fleet.database.inTransaction(
                    tx -> fleet.expiry.desktopReplaced(tx, rebuilt, fleet.now).map(true)));
            assertThat(fleet.records(stopping)).containsExactly(ended ? "a: SUCCESS EXITED" : "a: FAILED INTERRUPTED");
            assertThat(get(fleet.assignments.findTaken(List.of(rebuilt)))).isEmpty();
            assertThat(fleet.sql(
                            "SELECT 1 FROM execution_records WHERE task_id = $1 AND post_finish_state = 'FAILED'"
                                    + " AND step_reason = 'the desktop was rebuilt'",
                            stopping))
                    .hasSize(1);
        }
    }

    private static <T> T onEventLoop(Vertx vertx, Callable<T> work) {
        return get(Future.<T>future(promise -> vertx.runOnContext(there -> {
            try {
                promise.complete(work.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        })));
    }
}
