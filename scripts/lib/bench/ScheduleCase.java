import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** Many scheduled tasks that are due in the same second, each on one desktop, and what a caller feels meanwhile. */
final class ScheduleCase {
    private static final int TASKS = 10_000;
    private static final long AHEAD_SECONDS = 15;
    private static final long PATIENCE_SECONDS = 120;
    private static final long LOOK_MILLIS = 200;

    /** As if each had been created by a call of its own. */
    private static final String COPY =
            """
            WITH desks AS (
                SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS number
                FROM desktops WHERE deleted_at IS NULL AND node_id IS NOT NULL
            )
            INSERT INTO scheduled_tasks (project_id, request, next_firing_at, created_by)
            SELECT t.project_id,
                   jsonb_set(t.request, '{apply_objects}', jsonb_build_array(jsonb_build_object(
                       'object_type', 'DESKTOP', 'object_id', d.id::text))),
                   t.next_firing_at, t.created_by
            FROM scheduled_tasks t CROSS JOIN generate_series(1, ?) AS n JOIN desks d ON d.place = n % d.number
            WHERE t.id = ?::uuid
            """;

    private static final String LOOK =
            """
            SELECT count(*), count(started_at), count(execution_task_id), count(*) FILTER (WHERE status = 'SUCCESS'),
                   extract(epoch FROM max(start_time) - max(planned_at)) * 1000,
                   extract(epoch FROM max(started_at) - max(planned_at)) * 1000,
                   extract(epoch FROM max(end_time) - max(planned_at)) * 1000
            FROM scheduled_task_firings
            """;

    private ScheduleCase() {}

    private record Fired(long written, long started, long linked, long succeeded, double millis, double startedMillis, double endedMillis) {
        boolean isOver() {
            return succeeded == TASKS;
        }
    }

    static void run(Stage stage) throws Exception {
        int agents = stage.options().fewer();
        stage.setFleet(agents);
        Commands commands = stage.commands((int) PATIENCE_SECONDS);
        CommandCase.warmUp(commands, agents);
        Instant due = store(stage);
        Fired fired;
        var probe = new Probe(stage.api());
        try (probe) {
            probe.start();
            Thread.sleep(Math.max(0, ChronoUnit.MILLIS.between(Instant.now(), due)));
            probe.count();
            fired = awaitEnd(stage);
        }
        stage.check();
        Report report = stage.report();
        report.expect(fired.written() == TASKS && fired.linked() == TASKS && fired.isOver(), "fired otherwise: " + fired);
        report.expect(probe.failures().isEmpty(), probe.failures());
        String name = "schedules: " + TASKS + " due in one second, ";
        report.add(Row.median(name + "the last written down", agents, "ms", Sample.of(fired.millis()), null, ""));
        report.add(Row.median(name + "the last started", agents, "ms", Sample.of(fired.startedMillis()), Row.Target.atMost(10_000), ""));
        report.add(Row.median(name + "the last ended", agents, "ms", Sample.of(fired.endedMillis()), null, "a script on one desktop each"));
        probe.samples().forEach((call, sample) -> report.add(Row.p99("schedules: API meanwhile, p99: " + call, agents, "ms",
                sample, Row.Target.atMost(250), "median " + Sample.text(sample.median()) + " ms")));
    }

    /** All due at the same second; when that is. */
    private static Instant store(Stage stage) throws IOException, InterruptedException, SQLException {
        Instant due = Instant.now().plusSeconds(AHEAD_SECONDS).truncatedTo(ChronoUnit.SECONDS);
        var at = due.atOffset(ZoneOffset.UTC);
        String task = stage.api().post("/scheduled-tasks", new JsonObject()
                        .put("task_name", "bench")
                        .put("task_type", "EXECUTE_SCRIPT")
                        .put("scheduled_type", "FIXED_TIME")
                        .put("scheduled_date", DateTimeFormatter.ISO_LOCAL_DATE.format(at))
                        .put("scheduled_time", DateTimeFormatter.ofPattern("HH:mm:ss").format(at))
                        .put("extra_params", "{\"command_content\":\"echo bench\",\"command_type\":\"SHELL\"}")
                        .put("apply_objects", new JsonArray().add(new JsonObject()
                                .put("object_type", "DESKTOP")
                                .put("object_id", stage.api().get("/desktops?limit=1").getJsonArray("desktops").getJsonObject(0).getString("desktop_id")))))
                .getString("task_id");
        try (Connection connection = stage.node().connect();
                PreparedStatement copy = connection.prepareStatement(COPY);
                Statement analyze = connection.createStatement()) {
            copy.setInt(1, TASKS - 1);
            copy.setString(2, task);
            int copied = copy.executeUpdate();
            stage.report().expect(copied == TASKS - 1, copied + " tasks were copied");
            analyze.execute("ANALYZE scheduled_tasks");
        }
        if (!Instant.now().isBefore(due)) {
            throw new IOException("the tasks were not stored before they were due");
        }
        return due;
    }

    private static Fired awaitEnd(Stage stage) throws IOException, InterruptedException, SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        try (Connection connection = stage.node().connect();
                Statement statement = connection.createStatement()) {
            while (true) {
                Fired fired = look(statement);
                if (fired.isOver() || System.nanoTime() > deadline) {
                    return fired;
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }
    }

    private static Fired look(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            return new Fired(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getDouble(5), row.getDouble(6), row.getDouble(7));
        }
    }
}
