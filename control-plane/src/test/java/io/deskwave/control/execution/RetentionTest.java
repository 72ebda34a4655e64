package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.control.execution.Pruning.Pruned;
import io.deskwave.protocol.OutputStreamName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class RetentionTest {
    private Fleet fleet;
    private UUID desktop;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx);
        desktop = fleet.desktop("desk", true);
    }

    @AfterEach
    void totalsStillEqualTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        assertThat(
                        fleet.sql(
                                """
                SELECT 1 FROM (SELECT coalesce(sum(tasks), 0) AS tasks, coalesce(sum(records), 0) AS records
                               FROM execution_totals) t
                WHERE tasks <> (SELECT count(*) FROM execution_tasks)
                   OR records <> (SELECT count(*) FROM execution_records)
                """))
                .isEmpty();
        get(fleet.database.close());
    }

    @Test
    void removesOutputFirstAndSaysSo() {
        UUID task = ran(1);
        UUID record = recordOf(task);
        assertThat(prune(90, 30, 0)).isEqualTo(Pruned.NOTHING);

        later(31);
        assertThat(prune(90, 30, 0).outputs()).isEqualTo(1);

        assertThat(count("output_chunks")).isZero();
        assertThat(count("execution_records")).isEqualTo(1);
        assertThat(get(fleet.history.getKept(fleet.database.client(), record, 1)))
                .satisfies(kept -> {
                    assertThat(kept.bytes()).isEqualTo(5);
                    assertThat(kept.removedAt()).isEqualTo(fleet.now);
                });
        assertThat(prune(90, 30, 0)).isEqualTo(Pruned.NOTHING);
    }

    @Test
    void removesATaskWithAllThatBelongsToIt() {
        UUID old = ran(1);
        get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, old)));
        fleet.run(fleet.claim().get(0), 1);
        later(60);
        UUID young = ran(0);
        later(31);

        Pruned done = prune(90, 0, 0);

        assertThat(done.tasks()).isEqualTo(1);
        assertThat(done.records()).isEqualTo(1);
        assertThat(fleet.sql("SELECT id FROM execution_tasks"))
                .singleElement()
                .satisfies(row -> assertThat(row.getUUID(0)).isEqualTo(young));
        assertThat(count("record_attempts")).isZero();
        assertThat(count("record_outputs")).isEqualTo(1);
        assertThat(count("output_chunks")).isEqualTo(1);
        assertThatThrownBy(() -> get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, old))))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void aTasksRequestKeyLivesAsLongAsTheTask() {
        var key = new RequestKey("u", "nightly", "0".repeat(64));
        var request = fleet.request(List.of(desktop), 0);
        UUID first = get(fleet.executions.start(request, key)).taskId();
        fleet.run(fleet.claim().get(0), 0);
        later(80);
        assertThat(prune(90, 30, 0).tasks()).isZero();
        assertThat(get(fleet.executions.start(request, key)).taskId()).isEqualTo(first);
        later(11);
        assertThat(prune(90, 30, 0).tasks()).isEqualTo(1);
        assertThat(get(fleet.executions.start(request, key)).taskId()).isNotEqualTo(first);
    }

    @Test
    void keepsWhatHasNotEndedAndWhatHoldsItsDesktop() {
        UUID waiting = fleet.start(fleet.request(List.of(fleet.desktop("away", false)), 0));
        UUID ended = ran(0);
        fleet.sql(
                """
                INSERT INTO record_work (record_id, task_id, desktop_id, queue_no, script_index, batch, open, busy, attempt,
                                         claimed_at, step_deadline)
                SELECT id, task_id, desktop_id, queue_no, script_index, batch, true, true, 1, now(), now()
                FROM execution_records WHERE task_id = $1
                """,
                ended);
        later(400);

        assertThat(prune(90, 30, 0)).isEqualTo(Pruned.NOTHING);

        fleet.sql("DELETE FROM record_work WHERE task_id = $1", ended);
        assertThat(prune(90, 30, 0).tasks()).isEqualTo(1);
        assertThat(fleet.task(waiting).getString("status")).isEqualTo("WAITING");
    }

    @Test
    void aRetryMakesAnOldTaskNew() {
        UUID task = ran(1);
        later(31);
        assertThat(prune(90, 30, 0).outputs()).isEqualTo(1);
        later(60);
        get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)));
        assertThat(prune(90, 30, 0)).isEqualTo(Pruned.NOTHING);

        Assignment again = fleet.claim().get(0);
        fleet.started(again);
        fleet.printed(again, 0, OutputStreamName.STDOUT, 0, "again");
        fleet.finished(again, 0);
        assertThat(prune(90, 30, 0)).isEqualTo(Pruned.NOTHING);
        assertThat(get(fleet.history.getKept(fleet.database.client(), again.recordId(), 2))
                        .removedAt())
                .isNull();
        later(31);
        assertThat(prune(90, 30, 0).outputs()).isEqualTo(1);
    }

    /** Whoever comes first, the other finds all of the task or nothing of it. */
    @Test
    void racesWithARetryOfTheSameTask() {
        for (int round = 0; round < 20; round++) {
            UUID task = ran(1);
            later(91);
            var pruning = new Pruning(fleet.database, new Retention(90, 30, 0));
            Future<Pruned> pruned = pruning.step(fleet.now).compose(step -> pruning.step(fleet.now));
            Future<Boolean> retried = fleet.interventions
                    .retry(Fleet.PROJECT, new Named(null, task))
                    .map(true)
                    .recover(refused -> Future.succeededFuture(false));
            get(Future.all(pruned, retried));
            long tasks = count("execution_tasks WHERE id = '" + task + "'");
            assertThat(count("execution_records WHERE task_id = '" + task + "'"))
                    .isEqualTo(tasks);
            assertThat(tasks == 1).isEqualTo(get(retried));
            fleet.claim().forEach(a -> fleet.run(a, 0));
        }
    }

    @Test
    void aReaderWhoseOutputGoesMeanwhileLearnsIt() {
        UUID record = recordOf(ran(0));
        later(31);
        var outputs = new RecordOutputs(fleet.database);
        for (int round = 0; round < 2; round++) {
            String text = get(outputs.text(record, 1, "UTF-8"));
            var kept = get(fleet.history.getKept(fleet.database.client(), record, 1));
            assertThat(text.isEmpty()).isEqualTo(kept.removedAt() != null);
            assertThat(prune(90, 30, 0).outputs()).isEqualTo(1 - round);
        }
    }

    @Test
    void keepsTheNewestOutputWithinABound() {
        UUID first = ran(0);
        later(1);
        UUID second = ran(0);
        fleet.sql("UPDATE record_outputs SET kept_bytes = 600000000");

        Pruned done = prune(90, 30, 1);

        assertThat(done.weighed()).isEqualTo(2);
        assertThat(done.outputs()).isEqualTo(1);
        assertThat(get(fleet.history.getKept(fleet.database.client(), recordOf(first), 1))
                        .removedAt())
                .isNotNull();
        assertThat(get(fleet.history.getKept(fleet.database.client(), recordOf(second), 1))
                        .removedAt())
                .isNull();
    }

    @Test
    void onlyOneNodePrunes() {
        ran(0);
        later(91);
        get(fleet.database.inTransaction(tx -> new PruneStore()
                .tryAlone(tx)
                .map(alone -> {
                    assertThat(alone).isTrue();
                    return alone;
                })
                .compose(alone -> new Pruning(fleet.database, Retention.USUAL)
                        .step(fleet.now)
                        .map(step -> {
                            assertThat(step).isEqualTo(Pruned.NOTHING);
                            return step;
                        }))));
        assertThat(count("execution_tasks")).isEqualTo(1);
    }

    @Test
    void addsTheTotalsUp() {
        ran(0);
        ran(0);
        assertThat(count("execution_totals")).isEqualTo(2);
        get(new Pruning(fleet.database, Retention.USUAL).addUp());
        assertThat(count("execution_totals")).isEqualTo(1);
    }

    /** One desktop, output of five bytes. */
    @CanIgnoreReturnValue
    private UUID ran(int exitCode) {
        UUID task = fleet.start(fleet.request(List.of(desktop), 0));
        Assignment a = fleet.claim().get(0);
        fleet.started(a);
        fleet.printed(a, 0, OutputStreamName.STDOUT, 0, "hello");
        fleet.finished(a, exitCode);
        return task;
    }

    private Pruned prune(int recordDays, int outputDays, int gigabytes) {
        var pruning = new Pruning(fleet.database, new Retention(recordDays, outputDays, gigabytes));
        Pruned all = Pruned.NOTHING;
        Pruned step = get(pruning.step(fleet.now));
        while (!step.equals(Pruned.NOTHING)) {
            all = all.plus(step);
            step = get(pruning.step(fleet.now));
        }
        return all;
    }

    private void later(int days) {
        fleet.now = fleet.now.plus(Duration.ofDays(days));
    }

    private UUID recordOf(UUID task) {
        return fleet.sql("SELECT id FROM execution_records WHERE task_id = $1", task)
                .get(0)
                .getUUID(0);
    }

    private long count(String table) {
        return fleet.sql("SELECT count(*) FROM " + table).get(0).getLong(0);
    }
}
