package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.control.http.ApiException;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage.Verdict.Action;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The execution contract, told by moving the clock and playing the agents, on a real database. */
@ExtendWith(VertxExtension.class)
final class ExecutionScenarioTest {
    private Fleet fleet;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx);
    }

    @AfterEach
    void countersAlwaysDeriveFromTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        get(fleet.database.close());
    }

    @CanIgnoreReturnValue
    private List<UUID> desktops(int count) {
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < count; i++) {
            ids.add(fleet.desktop("d" + i, true));
        }
        return ids;
    }

    private void pass(Duration time) {
        fleet.now = fleet.now.plus(time);
        assertThat(get(fleet.expiry.expire(fleet.now))).isNotNegative();
    }

    @Test
    void aClaimNamesTheSessionInWhichItsDesktopWasRead() {
        UUID task = fleet.start(fleet.request(List.of(fleet.desktop("pc", true)), 0));
        fleet.sql("UPDATE desktops SET session_epoch = 7");

        assertThat(fleet.claim())
                .singleElement()
                .matches(claimed ->
                        claimed.sessionEpoch() == 7 && claimed.taskId().equals(task));
    }

    @Test
    void runsOnEveryDesktopAndCounts() {
        UUID task = fleet.start(fleet.request(desktops(3), 0));
        assertThat(fleet.task(task).getString("status")).isEqualTo("WAITING");
        List<Assignment> claimed = fleet.claim();
        assertThat(claimed).hasSize(3).allMatch(a -> a.attempt() == 1);
        assertThat(fleet.claim()).isEmpty();
        fleet.run(claimed.get(0), 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("RUNNING");
        fleet.run(claimed.get(1), 0);
        fleet.run(claimed.get(2), 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
        assertThat(fleet.task(task).getInteger("success_num")).isEqualTo(3);
    }

    @Test
    void theRestStartsWhenTheGrayBatchSucceeded() {
        UUID task = fleet.start(fleet.request(desktops(3), 1));
        List<Assignment> gray = fleet.claim();
        assertThat(gray).hasSize(1);
        fleet.run(gray.get(0), 0);
        assertThat(fleet.task(task).getString("gate")).isEqualTo("OPEN");
        List<Assignment> rest = fleet.claim();
        assertThat(rest).hasSize(2);
        rest.forEach(a -> fleet.run(a, 0));
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void skipsTheRestWhenGrayFailuresReachTheThreshold() {
        UUID task = fleet.start(fleet.request(desktops(3), 1));
        fleet.run(fleet.claim().get(0), 1);
        assertThat(fleet.records(task))
                .containsExactly("d0: FAILED EXITED", "d1: SKIP GRAY_HALTED", "d2: SKIP GRAY_HALTED");
        assertThat(fleet.task(task).getString("status")).isEqualTo("FAILED");
        assertThat(fleet.task(task).getString("gate_reason")).contains("1 of 1 gray record failed");
        assertThat(fleet.claim()).isEmpty();
    }

    @Test
    void whatIsInFlightFinishesWhenTheGateCloses() {
        UUID task = fleet.start(fleet.request(desktops(4), 2));
        List<Assignment> gray = fleet.claim();
        gray.forEach(fleet::started);
        fleet.finished(gray.get(0), 1);
        assertThat(fleet.task(task).getString("status")).isEqualTo("RUNNING");
        assertThat(fleet.task(task).getInteger("skip_num")).isEqualTo(2);
        fleet.finished(gray.get(1), 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("FAILED");
        assertThat(fleet.records(task)).contains("d1: SUCCESS EXITED");
    }

    @Test
    void aGrayBatchThatProvesNothingClosesTheGate() {
        UUID offline = fleet.desktop("a", false);
        UUID online = fleet.desktop("b", true);
        var request = new ExecutionRequest(
                Fleet.PROJECT,
                new ExecutionRequest.Target.Desktops(List.of(offline, online)),
                new Work.Command("true", ScriptType.SHELL, List.of(0)),
                0,
                List.of(offline),
                null,
                false,
                10,
                1,
                null,
                null,
                "tester");
        UUID task = fleet.start(request);
        pass(Duration.ofMinutes(11));
        assertThat(fleet.records(task)).containsExactly("a: SKIP OFFLINE", "b: SKIP GRAY_HALTED");
        assertThat(fleet.task(task).getString("gate_reason")).contains("no gray desktop succeeded");
    }

    @Test
    void scriptsRunInOrderAndAFailureSkipsTheLaterOnes() {
        UUID desktop = fleet.desktop("d", true);
        var scripts = List.of(fleet.script("one"), fleet.script("two"), fleet.script("three"));
        UUID task = fleet.start(fleet.request(List.of(desktop), 0, null, null, null, new Work.Scripts(scripts)));
        Assignment first = fleet.claim().get(0);
        assertThat(get(fleet.assignments.texts(List.of(first.source()))).get(first.source()))
                .isEqualTo("one");
        assertThat(fleet.claim()).isEmpty();
        fleet.run(first, 0);
        Assignment second = fleet.claim().get(0);
        assertThat(get(fleet.assignments.texts(List.of(second.source()))).get(second.source()))
                .isEqualTo("two");
        fleet.run(second, 7);
        assertThat(fleet.records(task))
                .containsExactly("d: SUCCESS EXITED", "d: FAILED EXITED", "d: SKIP PREVIOUS_FAILED");
        assertThat(fleet.claim()).isEmpty();
    }

    @Test
    void aDesktopRunsOneRecordAtATimeFirstComeFirstServed() {
        UUID desktop = fleet.desktop("d", true);
        UUID older = fleet.start(fleet.request(List.of(desktop), 0));
        UUID newer = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment first = fleet.claim().get(0);
        assertThat(first.taskId()).isEqualTo(older);
        assertThat(fleet.claim()).isEmpty();
        fleet.run(first, 0);
        assertThat(fleet.claim().get(0).taskId()).isEqualTo(newer);
    }

    @Test
    void twoClaimersNeverShareARecord(Vertx vertx) {
        desktops(40);
        var ids = fleet.sql("SELECT id FROM desktops").stream()
                .map(row -> row.getUUID(0))
                .toList();
        for (int i = 0; i < 5; i++) {
            UUID task = fleet.start(fleet.request(ids, 0));
            assertThat(task).isNotNull();
        }
        for (int round = 0; round < 5; round++) {
            var claims = new ArrayList<Future<List<Assignment>>>();
            for (int i = 0; i < 6; i++) {
                claims.add(fleet.assignments.claim(Fleet.NODE));
            }
            var claimed = new ArrayList<Assignment>();
            claims.forEach(claim -> claimed.addAll(get(claim)));
            assertThat(claimed).hasSize(40);
            assertThat(new HashSet<>(claimed.stream().map(Assignment::recordId).toList()))
                    .hasSize(40);
            assertThat(claimed).allMatch(a -> a.attempt() == 1);
            claimed.forEach(a -> fleet.run(a, 0));
        }
        assertThat(fleet.claim()).isEmpty();
    }

    @Test
    void aDesktopThatIsBusyIsNotTakenForOffline() {
        UUID desktop = fleet.desktop("d", true);
        var longRun = new ExecutionRequest(
                Fleet.PROJECT,
                new ExecutionRequest.Target.Desktops(List.of(desktop)),
                new Work.Command("sleep", ScriptType.SHELL, List.of(0)),
                0,
                List.of(),
                null,
                false,
                10,
                60,
                null,
                null,
                "tester");
        UUID first = fleet.start(longRun);
        Assignment running = fleet.claim().get(0);
        fleet.started(running);
        UUID second = fleet.start(fleet.request(List.of(desktop), 0));
        pass(Duration.ofMinutes(30));
        assertThat(fleet.records(second)).containsExactly("d: WAITING");
        fleet.finished(running, 0);
        assertThat(fleet.records(first)).containsExactly("d: SUCCESS EXITED");
        assertThat(fleet.claim()).hasSize(1);
    }

    @Test
    void everyRecordEndsWithoutNews() {
        UUID offline = fleet.desktop("a", false);
        UUID silent = fleet.desktop("b", true);
        UUID deaf = fleet.desktop("c", true);
        UUID task = fleet.start(fleet.request(List.of(offline, silent, deaf), 0));
        fleet.claim().stream().filter(a -> a.desktopId().equals(silent)).forEach(fleet::started);
        pass(Duration.ofMinutes(2));
        assertThat(fleet.records(task)).containsExactly("a: WAITING", "b: RUNNING", "c: WAITING");
        pass(Duration.ofSeconds(20));
        assertThat(fleet.records(task)).containsExactly("a: WAITING", "b: FAILED AGENT_LOST", "c: WAITING");
        pass(Duration.ofMinutes(8));
        assertThat(fleet.records(task))
                .containsExactly("a: SKIP OFFLINE", "b: FAILED AGENT_LOST", "c: FAILED AGENT_LOST");
        assertThat(fleet.task(task).getString("status")).isEqualTo("FAILED");
    }

    @Test
    void lateNewsIsKeptBesideAndChangesNothing() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        pass(Duration.ofMinutes(5));
        fleet.finished(a, 0);
        assertThat(fleet.records(task)).containsExactly("d0: FAILED AGENT_LOST");
        var late = fleet.sql("SELECT late_result FROM execution_records WHERE task_id = $1", task)
                .get(0)
                .getJsonObject(0);
        assertThat(late.getInteger("exit_code")).isZero();
        fleet.finished(a, 0);
        assertThat(fleet.task(task).getInteger("failed_num")).isEqualTo(1);
    }

    @Test
    void anOutcomeToldTwiceCountsOnce() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment a = fleet.claim().get(0);
        fleet.run(a, 0);
        fleet.finished(a, 0);
        assertThat(fleet.task(task).getInteger("success_num")).isEqualTo(1);
        assertThat(fleet.sql("SELECT late_result FROM execution_records WHERE late_result IS NOT NULL"))
                .isEmpty();
    }

    @Test
    void newsOfAnotherDesktopsRecordChangesNothing() {
        UUID task = fleet.start(fleet.request(desktops(2), 0));
        List<Assignment> claimed = fleet.claim();
        Assignment mine = claimed.get(0);
        Assignment other = claimed.get(1);
        var forged = new Reports.Report.Finished(
                other.desktopId(),
                mine.recordId(),
                mine.attempt(),
                new Outcome(ResultCode.EXITED, 0, true, "", fleet.now, 0, 0, List.of(), List.of()));
        assertThat(get(fleet.reports.commit(List.of(forged)))).isEmpty();
        assertThat(fleet.records(task)).containsExactly("d0: WAITING", "d1: WAITING");
        assertThat(fleet.sql("SELECT id FROM execution_records WHERE late_result IS NOT NULL"))
                .isEmpty();
    }

    @Test
    void anAgentCannotSayWhatOnlyTheControlPlaneKnows() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        fleet.finished(a, new Outcome(ResultCode.GRAY_HALTED, null, false, "", fleet.now, 0, 0, List.of(), List.of()));
        assertThat(fleet.records(task)).containsExactly("d0: FAILED START_FAILED");
    }

    @Test
    void stopEndsWhatWaitsAndTellsTheAgentsOfTheRest() {
        UUID offline = fleet.desktop("a", false);
        UUID online = fleet.desktop("b", true);
        UUID task = fleet.start(fleet.request(List.of(offline, online), 0));
        Assignment running = fleet.claim().get(0);
        fleet.started(running);
        var stopped = get(fleet.interventions.stop(Fleet.PROJECT, new Named(null, task), "eva"));
        assertThat(stopped.ended()).isEqualTo(1);
        assertThat(stopped.stopping()).isEqualTo(1);
        assertThat(get(fleet.assignments.listAttention(Fleet.NODE)))
                .extracting(Assignment::recordId, Assignment::stopRequested)
                .containsExactly(tuple(running.recordId(), true));
        fleet.finished(
                running, new Outcome(ResultCode.STOPPED, null, true, "stopped", fleet.now, 0, 0, List.of(), List.of()));
        assertThat(fleet.records(task)).containsExactly("a: SKIP STOPPED", "b: FAILED STOPPED");
        assertThatThrownBy(() -> get(fleet.interventions.stop(Fleet.PROJECT, new Named(null, task), "eva")))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageContaining("nothing to stop");
    }

    @Test
    void aStopBeforeTheStartIsASkip() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment a = fleet.claim().get(0);
        assertThat(get(fleet.interventions.stop(Fleet.PROJECT, new Named(a.recordId(), null), "eva"))
                        .stopping())
                .isEqualTo(1);
        fleet.finished(
                a, new Outcome(ResultCode.STOPPED, null, false, "stopped", fleet.now, 0, 0, List.of(), List.of()));
        assertThat(fleet.records(task)).containsExactly("d0: SKIP STOPPED");
    }

    @Test
    void retryMakesANewAttemptAndKeepsTheOldStory() {
        UUID task = fleet.start(fleet.request(desktops(3), 1));
        fleet.run(fleet.claim().get(0), 1);
        var retried = get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)));
        assertThat(retried.records()).isEqualTo(3);
        assertThat(fleet.task(task).getString("gate")).isEqualTo("PENDING");
        Assignment again = fleet.claim().get(0);
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(fleet.claim()).isEmpty();
        fleet.run(again, 0);
        fleet.claim().forEach(a -> fleet.run(a, 0));
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
        assertThat(get(fleet.history.listAttempts(fleet.database.client(), again.recordId())))
                .singleElement()
                .satisfies(
                        attempt -> assertThat(attempt.getInteger("exit_code")).isEqualTo(1));
        assertThatThrownBy(() -> get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task))))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageContaining("nothing to retry");
    }

    @Test
    void aHaltedRecordThatIsRetriedByItselfRunsAtOnce() {
        UUID task = fleet.start(fleet.request(desktops(3), 1));
        fleet.run(fleet.claim().get(0), 1);
        UUID halted = fleet.sql("SELECT id FROM execution_records WHERE task_id = $1 AND desktop_name = 'd2'", task)
                .get(0)
                .getUUID(0);
        assertThat(get(fleet.interventions.retry(Fleet.PROJECT, new Named(halted, null)))
                        .records())
                .isEqualTo(1);
        fleet.run(fleet.claim().get(0), 0);
        assertThat(fleet.records(task))
                .containsExactly("d0: FAILED EXITED", "d1: SKIP GRAY_HALTED", "d2: SUCCESS EXITED");
        assertThat(fleet.task(task).getString("status")).isEqualTo("FAILED");
    }

    @Test
    void newsOfAnOldAttemptIsIgnored() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment first = fleet.claim().get(0);
        fleet.run(first, 1);
        assertThat(get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)))
                        .records())
                .isEqualTo(1);
        Assignment second = fleet.claim().get(0);
        fleet.started(second);
        fleet.finished(first, 0);
        assertThat(fleet.records(task)).containsExactly("d0: RUNNING");
        assertThat(fleet.printed(first, 0, OutputStreamName.STDOUT, 0, "old").nextSeq())
                .isEqualTo(1);
        assertThat(fleet.sql("SELECT seq FROM output_chunks")).isEmpty();
        fleet.finished(second, 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void outputIsTakenOnceAndInOrder() {
        UUID task = fleet.start(fleet.request(desktops(1), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        assertThat(fleet.printed(a, 0, OutputStreamName.STDOUT, 0, "abc"))
                .isEqualTo(new Reports.Stored(1, 3, 0, false));
        assertThat(fleet.printed(a, 0, OutputStreamName.STDOUT, 0, "abc").nextSeq())
                .isEqualTo(1);
        assertThat(fleet.printed(a, 2, OutputStreamName.STDOUT, 6, "ghi")).isEqualTo(new Reports.Stored(1, 3, 0, true));
        assertThat(fleet.printed(a, 1, OutputStreamName.STDERR, 0, "err"))
                .isEqualTo(new Reports.Stored(2, 3, 3, false));
        assertThat(fleet.printed(a, 2, OutputStreamName.STDOUT, 10, "tail"))
                .isEqualTo(new Reports.Stored(3, 14, 3, false));
        fleet.finished(a, 0);
        var outputs = new RecordOutputs(fleet.database);
        assertThat(get(outputs.text(a.recordId(), 1, "UTF-8")))
                .isEqualTo("abcerr\n[... 7 bytes of stdout cut ...]\ntail");
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void aDesktopThatComesBackIsToldWhatToDoWithEachAttempt() {
        UUID desktop = fleet.desktop("d", true);
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        assertThat(fleet.printed(a, 0, OutputStreamName.STDOUT, 0, "abc").nextSeq())
                .isEqualTo(1);
        var verdicts = fleet.reconcile(
                desktop,
                List.of(
                        new Held(a.recordId(), 1, fleet.now, false),
                        new Held(a.recordId(), 7, fleet.now, false),
                        new Held(UUID.randomUUID(), 1, null, false)));
        assertThat(verdicts)
                .extracting(v -> v.action(), v -> v.nextSeq(), v -> v.stdoutOffset())
                .containsExactly(
                        tuple(Action.CONTINUE, 1L, 3L), tuple(Action.FORGET, 0L, 0L), tuple(Action.FORGET, 0L, 0L));
        assertThat(fleet.reconcile(desktop, List.of())).isEmpty();
        assertThat(fleet.records(task)).containsExactly("d: FAILED INTERRUPTED");
    }

    @Test
    void aRebootBeforeTheStartIsProvenByAnotherBootId() {
        UUID desktop = fleet.desktop("d", true);
        UUID task = fleet.start(fleet.request(
                List.of(desktop),
                0,
                null,
                PreStart.REBOOT,
                null,
                new Work.Command("true", ScriptType.SHELL, List.of(0))));
        Assignment a = fleet.claim().get(0);
        assertThat(a.preStartState()).isEqualTo(StepState.PENDING);
        assertThat(get(fleet.assignments.orderPreStart(a, 10))).isTrue();
        assertThat(get(fleet.assignments.orderPreStart(a, 10))).isFalse();
        assertThat(get(fleet.assignments.findOfDesktop(desktop)).get(0).rebootedSinceStep())
                .isFalse();
        fleet.connect(desktop, "boot-2");
        Assignment back = get(fleet.assignments.findOfDesktop(desktop)).get(0);
        assertThat(back.rebootedSinceStep()).isTrue();
        assertThat(get(fleet.assignments.endPreStart(back))).isTrue();
        fleet.run(back, 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void theDesktopStaysTakenUntilTheStepAfterItsLastScriptIsProven() {
        UUID desktop = fleet.desktop("d", true);
        UUID task = fleet.start(fleet.request(
                List.of(desktop),
                0,
                null,
                null,
                PostFinish.REBOOT,
                new Work.Scripts(List.of(fleet.script("one"), fleet.script("two")))));
        UUID next = fleet.start(fleet.request(List.of(desktop), 0));
        fleet.run(fleet.claim().get(0), 0);
        Assignment last = fleet.claim().get(0);
        fleet.run(last, 0);
        assertThat(fleet.task(task).getString("status")).isEqualTo("SUCCESS");
        assertThat(fleet.claim()).isEmpty();
        Assignment step = get(fleet.assignments.listAttention(Fleet.NODE)).get(0);
        assertThat(step.postFinishState()).isEqualTo(StepState.PENDING);
        assertThat(get(fleet.assignments.orderPostFinish(step))).isTrue();
        assertThat(fleet.claim()).isEmpty();
        get(fleet.assignments.endPostFinish(last.recordId(), 1, StepState.DONE, "proven"));
        assertThat(fleet.claim().get(0).taskId()).isEqualTo(next);
    }

    @Test
    void aStepThatIsNotProvenInTimeFreesTheDesktop() {
        UUID desktop = fleet.desktop("d", true);
        UUID task = fleet.start(fleet.request(
                List.of(desktop),
                0,
                null,
                null,
                PostFinish.STOP,
                new Work.Command("false", ScriptType.SHELL, List.of(0))));
        fleet.run(fleet.claim().get(0), 1);
        pass(Duration.ofMinutes(11));
        assertThat(fleet.sql("SELECT post_finish_state FROM execution_records WHERE task_id = $1", task)
                        .get(0)
                        .getString(0))
                .isEqualTo("FAILED");
        assertThat(fleet.sql("SELECT record_id FROM record_work")).isEmpty();
    }

    @Test
    void nothingIsStoredOfARequestThatCannotBe() {
        UUID desktop = fleet.desktop("d", true);
        var threshold = fleet.request(
                List.of(desktop), 0, 3, null, null, new Work.Command("true", ScriptType.SHELL, List.of(0)));
        assertThatThrownBy(() -> fleet.start(threshold))
                .isInstanceOf(ApiException.BadRequest.class)
                .hasMessageContaining("gray_fail_threshold");
        assertThatThrownBy(() -> fleet.start(fleet.request(List.of(UUID.randomUUID()), 0)))
                .isInstanceOf(ApiException.NotFound.class);
        assertThatThrownBy(() -> fleet.start(fleet.request(
                        List.of(desktop), 0, null, null, null, new Work.Scripts(List.of(UUID.randomUUID())))))
                .isInstanceOf(ApiException.NotFound.class)
                .hasMessageContaining("script_ids");
        assertThat(fleet.sql("SELECT id FROM execution_tasks")).isEmpty();
    }

    @Test
    void deletingADesktopEndsItsRecords() {
        List<UUID> ids = desktops(2);
        UUID task = fleet.start(fleet.request(ids, 0));
        Assignment running = fleet.claim().stream()
                .filter(a -> a.desktopId().equals(ids.get(0)))
                .findFirst()
                .orElseThrow();
        fleet.started(running);
        get(fleet.database.inTransaction(
                tx -> fleet.expiry.desktopGone(tx, ids.get(0), fleet.now).map(true)));
        assertThat(fleet.records(task)).containsExactly("d0: FAILED AGENT_LOST", "d1: WAITING");
        assertThat(fleet.sql("SELECT record_id FROM record_work WHERE desktop_id = $1", ids.get(0)))
                .isEmpty();
    }

    @Test
    void aConnectedDesktopIsNeverSkippedAsOffline() {
        UUID desktop = fleet.desktop("d", true);
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        pass(Duration.ofMinutes(30));
        assertThat(fleet.records(task)).containsExactly("d: WAITING");
        fleet.sql("UPDATE desktops SET node_id = NULL, last_seen_at = $1", Rows.utc(fleet.now));
        pass(Duration.ofSeconds(30));
        assertThat(fleet.records(task)).containsExactly("d: WAITING");
        pass(Duration.ofMinutes(1));
        assertThat(fleet.records(task)).containsExactly("d: SKIP OFFLINE");
    }

    @Test
    void aClaimThatWasNeverToldIsFoundAgain() {
        UUID task = fleet.start(fleet.request(desktops(2), 0));
        List<Assignment> claimed = fleet.claim();
        fleet.started(claimed.get(0));
        assertThat(get(fleet.assignments.listUntold(Fleet.NODE))).isEmpty();
        pass(Duration.ofSeconds(16));
        assertThat(get(fleet.assignments.listUntold(Fleet.NODE)))
                .extracting(Assignment::recordId, Assignment::attempt)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        claimed.get(1).recordId(), claimed.get(1).attempt()));
        claimed.forEach(a -> fleet.run(a, 0));
        assertThat(get(fleet.assignments.listUntold(Fleet.NODE))).isEmpty();
        assertThat(fleet.task(task).getInteger("success_num")).isEqualTo(2);
    }

    @Test
    void anAgentsClockMovesNoEnd() {
        List<UUID> ids = desktops(2);
        UUID task = fleet.start(fleet.request(ids, 0));
        List<Assignment> claimed = fleet.claim();
        fleet.finished(
                claimed.get(0),
                new Outcome(ResultCode.START_FAILED, null, false, "", Instant.MAX, 0, 0, List.of(), List.of()));
        fleet.finished(
                claimed.get(1),
                new Outcome(ResultCode.START_FAILED, null, false, "", Instant.MIN, 0, 0, List.of(), List.of()));
        assertThat(fleet.sql("SELECT end_time FROM execution_records WHERE task_id = $1", task))
                .extracting(row -> row.getOffsetDateTime(0).toInstant())
                .containsExactly(fleet.now, fleet.now);
    }

    @Test
    void outputAndOutcomesAgainstAStopNeverFail() {
        List<UUID> ids = desktops(40);
        for (int round = 0; round < 15; round++) {
            UUID task = fleet.start(fleet.request(ids, 0));
            List<Assignment> claimed = new ArrayList<>(fleet.claim());
            claimed.forEach(fleet::started);
            Collections.shuffle(claimed, new Random(round));
            var printed = claimed.stream()
                    .<Reports.Report>map(a -> new Reports.Report.Printed(
                            a.desktopId(),
                            new Output(a.recordId(), 1, 0, OutputStreamName.STDOUT, 0, new byte[] {'x'})))
                    .toList();
            var all = List.of(
                    fleet.reports.commit(printed.subList(0, 20)),
                    fleet.interventions.stop(Fleet.PROJECT, new Named(null, task), "eva"),
                    fleet.reports.commit(printed.subList(20, 40)),
                    fleet.expiry.expire(fleet.now));
            all.forEach(Fleet::get);
            claimed.forEach(a -> fleet.finished(a, 0));
            assertThat(fleet.task(task).getInteger("success_num")).isEqualTo(40);
        }
    }
}
