package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage.Verdict.Action;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A database that is back in the past: nothing that was under way in it starts again by itself. */
@ExtendWith(VertxExtension.class)
final class RestoredExecutionsTest {
    private static final Instant BACKUP = Instant.parse("2026-03-04T05:00:00.5Z");

    private Fleet fleet;
    private RestoredExecutions restored;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx);
        restored = new RestoredExecutions(new Changes(fleet.database, UUID.randomUUID()));
    }

    @AfterEach
    void countersAlwaysDeriveFromTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        get(fleet.database.close());
    }

    @CanIgnoreReturnValue
    private int endUnfinished() {
        int ended = get(restored.endUnfinished(BACKUP, fleet.now));
        get(restored.note(fleet.database.client(), BACKUP, fleet.now));
        return ended;
    }

    @Test
    void endsWhatWasWithAnAgentAsLostAndWhatWaitedAsStoppedAndSaysWhy() {
        UUID done = fleet.desktop("done", true);
        UUID running = fleet.desktop("running", true);
        UUID told = fleet.desktop("told", true);
        UUID waiting = fleet.desktop("waiting", false);
        UUID task = fleet.start(fleet.request(List.of(done, running, told, waiting), 0));
        for (Assignment a : fleet.claim()) {
            if (a.desktopId().equals(done)) {
                fleet.run(a, 0);
            } else if (a.desktopId().equals(running)) {
                fleet.started(a);
            }
        }

        assertThat(endUnfinished()).isEqualTo(3);

        assertThat(fleet.records(task))
                .containsExactly(
                        "done: SUCCESS EXITED",
                        "running: FAILED AGENT_LOST",
                        "told: FAILED AGENT_LOST",
                        "waiting: SKIP STOPPED");
        assertThat(fleet.task(task).getString("status")).isEqualTo("FAILED");
        assertThat(fleet.sql("SELECT reason FROM execution_records WHERE status <> 'SUCCESS'"))
                .allMatch(row -> row.getString(0).contains("restored from a backup of 2026-03-04T05:00:00Z"))
                .allMatch(row -> row.getString(0).contains("retry it"));
        fleet.connect(waiting, "boot-1");
        assertThat(fleet.claim()).isEmpty();
    }

    /** A reboot that was due may have been done; an open gate would let the rest go. */
    @Test
    void ordersNoStepAndOpensNoGate() {
        UUID gray = fleet.desktop("gray", true);
        UUID rest = fleet.desktop("rest", true);
        UUID step = fleet.desktop("step", true);
        var work = new Work.Command("true", ScriptType.SHELL, List.of(0));
        UUID gated = fleet.start(fleet.request(List.of(gray, rest), 1, 1, null, PostFinish.REBOOT, work));
        UUID stepping = fleet.start(fleet.request(List.of(step), 0, null, null, PostFinish.REBOOT, work));
        fleet.claim().forEach(a -> {
            fleet.started(a);
            if (a.desktopId().equals(step)) {
                fleet.finished(a, 0);
            }
        });

        assertThat(endUnfinished()).isEqualTo(2);

        assertThat(fleet.records(gated)).containsExactly("gray: FAILED AGENT_LOST", "rest: SKIP STOPPED");
        assertThat(fleet.records(stepping)).containsExactly("step: SUCCESS EXITED");
        assertThat(fleet.sql("SELECT FROM record_work")).isEmpty();
        assertThat(fleet.sql("SELECT FROM execution_records WHERE post_finish_state IN ('PENDING', 'SENT')"))
                .isEmpty();
        assertThat(fleet.sql(
                        "SELECT step_reason FROM execution_records WHERE post_finish_state = 'FAILED' AND task_id = $1",
                        stepping))
                .singleElement()
                .matches(row -> row.getString(0).contains("restored from a backup"));
        assertThat(fleet.claim()).isEmpty();
    }

    /** Attempt 2 was made, run and forgotten after the backup: the books know of attempt 1 only. */
    @Test
    void aRetryGetsANumberThatNoAgentHasSeen() {
        UUID desktop = fleet.desktop("desk", true);
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment first = fleet.claim().get(0);
        fleet.run(first, 1);
        endUnfinished();

        get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)));

        Assignment again = fleet.claim().get(0);
        assertThat(again.recordId()).isEqualTo(first.recordId());
        assertThat(again.attempt()).isGreaterThan(1_000_000);
        fleet.run(again, 0);
        assertThat(fleet.records(task)).containsExactly("desk: SUCCESS EXITED");
    }

    @Test
    void aSecondRestoreCountsFromAnotherNumber() {
        endUnfinished();
        get(restored.note(fleet.database.client(), BACKUP.plusSeconds(1), fleet.now.plusSeconds(1)));
        get(restored.note(fleet.database.client(), BACKUP.plusSeconds(2), fleet.now.minusSeconds(3600)));

        assertThat(fleet.sql("SELECT DISTINCT attempts_above FROM restores")).hasSize(3);
    }

    /** What the agent still has of it comes beside the record, and what came after the backup is forgotten. */
    @Test
    void anAgentThatComesBackStartsNothing() {
        UUID desktop = fleet.desktop("desk", true);
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        endUnfinished();

        var verdicts = fleet.reconcile(
                desktop,
                List.of(
                        new Held(a.recordId(), a.attempt(), fleet.now, true),
                        new Held(UUID.randomUUID(), 1, fleet.now, false)));
        fleet.finished(a, 0);

        assertThat(verdicts).extracting("action").containsExactly(Action.CONTINUE, Action.FORGET);
        assertThat(fleet.records(task)).containsExactly("desk: FAILED AGENT_LOST");
        assertThat(fleet.sql("SELECT FROM execution_records WHERE late_result ->> 'code' = 'EXITED'"))
                .hasSize(1);
    }

    @Test
    void isDoneOnceForEachBackup() {
        assertThat(get(restored.isSettled(fleet.database.client(), BACKUP))).isFalse();
        endUnfinished();
        assertThat(get(restored.isSettled(fleet.database.client(), BACKUP))).isTrue();
        assertThat(get(restored.isSettled(fleet.database.client(), BACKUP.plusSeconds(1))))
                .isFalse();
    }
}
