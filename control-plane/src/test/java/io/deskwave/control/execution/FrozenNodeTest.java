package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.NODE;
import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.NodeStore;
import io.deskwave.control.desktop.NodeStore.Trace;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Step;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node froze with work in its hands, and others went on; then it wakes up and does what it was about to do. */
class FrozenNodeTest {
    private static final UUID OTHER = new UUID(2, 2);

    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);
    private final NodeStore nodes = new NodeStore();
    private final UUID desktop = fleet.desktop("pc", true);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void beat(UUID node) {
        get(nodes.beat(fleet.database.client(), node, fleet.now, fleet.now));
    }

    private void theOthersTakeItForDead() {
        beat(OTHER);
        List<Trace> seen = get(nodes.listOthers(fleet.database.client(), OTHER));
        assertThat(seen).extracting(Trace::nodeId).containsExactly(NODE);
        assertThat(get(nodes.releaseDead(fleet.database.client(), seen))).isEqualTo(1);
    }

    private void comesInElsewhere() {
        fleet.sql(
                "UPDATE desktops SET node_id = $2, session_epoch = session_epoch + 1, connected_at = now() WHERE id = $1",
                desktop,
                OTHER);
    }

    private List<Object> rows(UUID task) {
        return fleet
                .sql(
                        "SELECT r.status, r.result_code, r.attempt, w.attempt, w.busy, w.deadline, r.pre_start_state,"
                                + " r.post_finish_state FROM execution_records r"
                                + " LEFT JOIN record_work w ON w.record_id = r.id WHERE r.task_id = $1",
                        task)
                .stream()
                .map(row -> (Object) row.deepToString())
                .toList();
    }

    @Test
    void whatItHadClaimedBelongsToTheNewAttemptOfTheOthers() {
        beat(NODE);
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment old = fleet.claim().get(0);
        theOthersTakeItForDead();
        comesInElsewhere();
        fleet.now = fleet.now.plusSeconds(660);
        get(fleet.expiry.expire(fleet.now));
        assertThat(fleet.records(task)).containsExactly("pc: FAILED AGENT_LOST");
        get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)));
        Assignment present = get(fleet.assignments.claim(OTHER)).get(0);
        assertThat(present.attempt()).isEqualTo(old.attempt() + 1);
        List<Object> before = rows(task);

        assertThat(fleet.claim()).as("it has no desktops").isEmpty();
        fleet.started(old);
        assertThat(fleet.printed(old, 0, OutputStreamName.STDOUT, 0, "late").rewind())
                .isFalse();
        fleet.finished(old, 0);
        get(fleet.assignments.skipUnsupported(old));
        assertThat(get(fleet.assignments.orderPreStart(old, 10))).isFalse();
        assertThat(get(fleet.assignments.endPreStart(old))).isFalse();
        get(fleet.assignments.failStep(old.recordId(), old.attempt(), Step.PRE_START, "late"));
        get(fleet.expiry.expire(fleet.now.minusSeconds(90)));

        assertThat(rows(task)).isEqualTo(before);
        assertThat(fleet.sql("SELECT 1 FROM output_chunks WHERE record_id = $1", old.recordId()))
                .isEmpty();
        assertThat(fleet.countersMatchRows()).isTrue();
        fleet.run(present, 0);
        assertThat(fleet.records(task)).containsExactly("pc: SUCCESS EXITED");
    }

    @Test
    void aStepOfAnOldAttemptIsNotProvenByIt() {
        beat(NODE);
        UUID task = fleet.start(fleet.request(
                List.of(desktop),
                0,
                null,
                null,
                PostFinish.STOP,
                new Work.Command("true", ScriptType.SHELL, List.of(0))));
        Assignment old = fleet.claim().get(0);
        theOthersTakeItForDead();
        comesInElsewhere();
        fleet.now = fleet.now.plusSeconds(660);
        get(fleet.expiry.expire(fleet.now));
        List<Object> before = rows(task);

        get(fleet.assignments.endPostFinish(old.recordId(), old.attempt() + 1, StepState.DONE, "it says so"));
        assertThat(get(fleet.assignments.listAttention(NODE))).isEmpty();
        assertThat(get(fleet.assignments.listUntold(NODE))).isEmpty();
        assertThat(rows(task)).isEqualTo(before);
    }

    @Test
    void itFindsAtItsFirstBeatThatItIsNew() {
        beat(NODE);
        theOthersTakeItForDead();
        assertThat(get(nodes.beat(fleet.database.client(), NODE, Instant.EPOCH, fleet.now)))
                .isTrue();
    }
}
