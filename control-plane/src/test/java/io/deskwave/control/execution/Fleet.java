package io.deskwave.control.execution;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Target;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.script.ScriptStore;
import io.deskwave.control.script.Scripts;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A project with desktops on a real database, a clock that the test moves, and the agents' side played by hand. */
final class Fleet {
    static final String PROJECT = "0123456789abcdef0123456789abcdef";
    static final UUID NODE = new UUID(1, 1);

    final Database database;
    final Changes changes;
    final Executions executions;
    final Interventions interventions;
    final Reports reports;
    final Assignments assignments;
    final Expiry expiry;
    final HistoryStore history = new HistoryStore();
    Instant now = Instant.parse("2026-03-04T05:06:07Z");

    Fleet(Vertx vertx) {
        this(vertx, Limits.USUAL);
    }

    Fleet(Vertx vertx, Limits limits) {
        database = TestDatabase.fresh(vertx);
        changes = new Changes(database, NODE);
        executions = new Executions(changes, new DesktopStore(), new PoolStore(), new ScriptStore(), limits, () -> now);
        interventions = new Interventions(changes, limits, () -> now);
        reports = new Reports(changes, () -> now);
        assignments = new Assignments(changes, new Scripts(database, new ScriptStore()), () -> now);
        expiry = new Expiry(changes);
        sql("INSERT INTO domains (id, name) VALUES ($1, 'd')", PROJECT);
        sql("INSERT INTO projects (id, domain_id, name) VALUES ($1, $1, 'p')", PROJECT);
    }

    @CanIgnoreReturnValue
    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException runtime) {
                throw runtime;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @CanIgnoreReturnValue
    List<Row> sql(String statement, @Nullable Object... values) {
        var rows = new ArrayList<Row>();
        get(database.client().preparedQuery(statement).execute(Tuple.from(values)))
                .forEach(rows::add);
        return rows;
    }

    /** A desktop that is connected to the node, or not. */
    UUID desktop(String name, boolean online) {
        UUID id = UUID.randomUUID();
        sql(
                "INSERT INTO desktops (id, project_id, computer_name, public_key, machine_id, host, boot_id, script_types)"
                        + " VALUES ($1, $2, $3, $4, $3, '{}', 'boot-1', '{SHELL}')",
                id,
                PROJECT,
                name,
                id.toString());
        if (online) {
            connect(id, "boot-1");
        }
        return id;
    }

    void connect(UUID desktop, String bootId) {
        sql(
                "UPDATE desktops SET node_id = $2, connected_at = now(), boot_id = $3 WHERE id = $1",
                desktop,
                NODE,
                bootId);
    }

    ExecutionRequest request(List<UUID> desktops, int grayCount) {
        return request(desktops, grayCount, null, null, null, new Work.Command("true", ScriptType.SHELL, List.of(0)));
    }

    ExecutionRequest request(
            List<UUID> desktops,
            int grayCount,
            @Nullable Integer threshold,
            @Nullable PreStart preStart,
            @Nullable PostFinish postFinish,
            Work work) {
        return new ExecutionRequest(
                PROJECT,
                new Target.Desktops(desktops),
                work,
                grayCount,
                List.of(),
                threshold,
                false,
                10,
                1,
                preStart,
                postFinish,
                "tester");
    }

    UUID script(String content) {
        UUID id = UUID.randomUUID();
        get(database.inTransaction(
                tx -> tx.preparedQuery("INSERT INTO scripts (id, project_id, type) VALUES ($1, $2, 'SHELL')")
                        .execute(Tuple.of(id, PROJECT))
                        .compose(done -> tx.preparedQuery(
                                        "INSERT INTO script_versions (script_id, version_no, name, content) VALUES ($1, 1, $2, $2)")
                                .execute(Tuple.of(id, content)))));
        return id;
    }

    @CanIgnoreReturnValue
    UUID start(ExecutionRequest request) {
        return get(executions.start(request)).taskId();
    }

    List<Assignment> claim() {
        return get(assignments.claim(NODE));
    }

    /** What one desktop that comes back alone is told. */
    List<Verdict> reconcile(UUID desktopId, List<Held> held) {
        return get(assignments.reconcile(List.of(new Assignments.Returned(desktopId, held))))
                .get(0);
    }

    void started(Assignment a) {
        get(reports.commit(List.of(new Report.Started(a.desktopId(), a.recordId(), a.attempt(), now, "UTF-8"))));
    }

    void finished(Assignment a, int exitCode) {
        finished(a, new Outcome(ResultCode.EXITED, exitCode, true, "", now, 0, 0, List.of(), List.of()));
    }

    void finished(Assignment a, Outcome outcome) {
        get(reports.commit(List.of(new Report.Finished(a.desktopId(), a.recordId(), a.attempt(), outcome))));
    }

    /** Starts and ends it. */
    void run(Assignment a, int exitCode) {
        started(a);
        finished(a, exitCode);
    }

    @CanIgnoreReturnValue
    Reports.Stored printed(Assignment a, long seq, OutputStreamName stream, long offset, String text) {
        var output = new Output(a.recordId(), a.attempt(), seq, stream, offset, text.getBytes(StandardCharsets.UTF_8));
        return get(reports.commit(List.of(new Report.Printed(a.desktopId(), output))))
                .values()
                .iterator()
                .next();
    }

    JsonObject task(UUID id) {
        return get(history.findTask(database.client(), PROJECT, id)).orElseThrow();
    }

    /** {@code name: STATUS RESULT_CODE} of each record, by name and place. */
    List<String> records(UUID task) {
        return sql(
                        "SELECT desktop_name, status, result_code FROM execution_records WHERE task_id = $1"
                                + " ORDER BY desktop_name, script_index",
                        task)
                .stream()
                .map(row -> row.getString(0) + ": " + row.getString(1)
                        + (row.getString(2) == null ? "" : " " + row.getString(2)))
                .toList();
    }

    /** Counters derive from the rows, whatever happened. */
    boolean countersMatchRows() {
        return sql("""
                SELECT t.id FROM execution_tasks t JOIN (
                    SELECT task_id, count(*) FILTER (WHERE status = 'SUCCESS') s, count(*) FILTER (WHERE status = 'FAILED') f,
                           count(*) FILTER (WHERE status = 'SKIP') k, count(*) n,
                           count(*) FILTER (WHERE batch = 1) g,
                           count(*) FILTER (WHERE batch = 1 AND status IN ('SUCCESS', 'FAILED', 'SKIP')) ge,
                           count(*) FILTER (WHERE batch = 1 AND status = 'FAILED') gf
                    FROM execution_records GROUP BY task_id) r ON r.task_id = t.id
                WHERE (t.success_num, t.failed_num, t.skip_num, t.total, t.gray_total, t.gray_ended, t.gray_failed)
                      <> (r.s, r.f, r.k, r.n, r.g, r.ge, r.gf)
                """)
                .isEmpty();
    }
}
