package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Limits;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** What one node does about firings, step by step, on a clock that tests move. */
final class Firer {
    final DueTasks due;
    final FiringStarts starts;
    final FiringEndings endings;

    Firer(Database database, InstantSource clock) {
        var desktops = new DesktopStore();
        var pools = new PoolStore();
        var changes = new Changes(database, UUID.randomUUID());
        var executions = new Executions(changes, desktops, pools, new ScriptStore(), Limits.USUAL, clock);
        var power = new PowerJobs(database, new JobStore(), pools, clock);
        due = new DueTasks(database, clock);
        starts = new FiringStarts(database, executions, power, desktops, clock);
        endings = new FiringEndings(database, clock);
        changes.onRing(endings);
    }

    /** All that is to do now; the number of firings written down. */
    @CanIgnoreReturnValue
    int fire() {
        int written = all(() -> due.fire(3));
        all(() -> starts.start(2));
        all(endings::end);
        return written;
    }

    @CanIgnoreReturnValue
    private static int all(Supplier<Future<Integer>> step) {
        int sum = 0;
        int some = await(step.get());
        while (some > 0) {
            sum += some;
            some = await(step.get());
        }
        return sum;
    }

    static List<JsonObject> records(ScheduleServer server, String task) {
        return rows(server, "/scheduled-tasks/" + task + "/records?limit=100", "tasks_records");
    }

    static List<JsonObject> details(ScheduleServer server, String task, JsonObject record) {
        return rows(
                server,
                "/scheduled-tasks/" + task + "/records/" + record.getString("id") + "?offset=0&limit=100",
                "tasks_records_details");
    }

    static JsonObject row(ScheduleServer server, String task) {
        return rows(server, "/scheduled-tasks?offset=0&limit=50", "scheduled_tasks").stream()
                .filter(row -> row.getString("id").equals(task))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonObject> rows(ScheduleServer server, String path, String name) {
        return server.sendAs(PROJECT, "GET", path, null).json().getJsonArray(name).stream()
                .map(JsonObject.class::cast)
                .toList();
    }
}
