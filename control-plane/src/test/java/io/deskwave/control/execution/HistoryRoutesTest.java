package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.contract.FilterTable;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.desktop.ApiFixture;
import io.deskwave.control.execution.ExecutionRequest.Target;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.protocol.ScriptType;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lists of the history over HTTP: every documented filter alone and any two together, and the limits of pages. */
final class HistoryRoutesTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Map<String, JsonObject> TASKS = new HashMap<>();
    private static final List<UUID> DESKTOPS = new ArrayList<>();
    private static final Fleet FLEET = new Fleet(VERTX);
    private static final ApiFixture API = new ApiFixture(
            VERTX, PROJECT, operations -> new HistoryRoutes(FLEET.database, ReadingLoop.here(VERTX, FLEET.database))
                    .mount(operations));
    private static final UUID POOL = UUID.randomUUID();
    private static final UUID FIRST = FLEET.script("Install tools");
    private static final UUID SECOND = FLEET.script("clean");
    private static Instant middle = Instant.EPOCH;

    @BeforeAll
    static void start() {
        makeHistory();
        list("/script-execution-tasks", "limit=100")
                .getJsonArray("script_tasks")
                .forEach(task -> TASKS.put(((JsonObject) task).getString("id"), (JsonObject) task));
    }

    /** Twelve tasks of a command and two scripts, on desktops and a pool, some gray, with every ending. */
    private static void makeHistory() {
        List.of("c", "a", "b").forEach(name -> DESKTOPS.add(FLEET.desktop(name, true)));
        FLEET.sql(
                "INSERT INTO desktop_pools (id, project_id, name, type) VALUES ($1, $2, 'office', 'STATIC')",
                POOL,
                PROJECT);
        FLEET.sql("UPDATE desktops SET pool_id = $1 WHERE computer_name IN ('a', 'b')", POOL);
        for (int i = 0; i < 12; i++) {
            UUID task = FLEET.start(request(i));
            while (i < 11 && !FLEET.task(task).containsKey("end_time")) {
                int exit = i % 5 == 4 ? 1 : 0;
                FLEET.claim().forEach(a -> FLEET.run(a, exit));
            }
            FLEET.now = FLEET.now.plus(Duration.ofHours(1));
        }
        FLEET.claim().stream().limit(1).forEach(FLEET::started);
        middle = FLEET.now.minus(Duration.ofMinutes(6 * 60 + 30));
    }

    private static ExecutionRequest request(int i) {
        Work work = i % 3 == 0
                ? new Work.Command("true", ScriptType.SHELL, List.of(0))
                : new Work.Scripts(i % 3 == 1 ? List.of(FIRST) : List.of(SECOND, FIRST));
        Target target = i % 2 == 0 ? new Target.Desktops(DESKTOPS) : new Target.Pool(POOL, List.of());
        return new ExecutionRequest(
                PROJECT, target, work, i % 4 == 0 ? 1 : 0, List.of(), null, false, 10, 1, null, null, "tester");
    }

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void everyTwoFiltersOfTasks() {
        new FilterTable(q -> list("/script-execution-tasks", q), "script_tasks", "count", "id", 100)
                .filter("resource_group_id=" + POOL, task -> task.containsKey("resource_group_id"))
                .filter("resource_group_id=" + UUID.randomUUID(), task -> false)
                .filter("resource_group_type=DESKTOP_POOL", task -> task.containsKey("resource_group_type"))
                .filter("script_id=" + SECOND, task -> scripts(task, "task_scripts")
                        .contains(SECOND.toString()))
                .filter("script_name=CLEA", task -> scripts(task, "task_scripts")
                        .contains(SECOND.toString()))
                .filter("script_name=%25", task -> false)
                .filter("status=SUCCESS", has("status", "SUCCESS"))
                .filter("status=FAILED", has("status", "FAILED"))
                .filter("status=RUNNING", has("status", "RUNNING"))
                .filter("task_id=" + id(3) + "&task_id=" + id(4), isOneOf(id(3), id(4)))
                .filter("task_type=COMMAND", task -> task.containsKey("command_content"))
                .filter("task_type=SCRIPT", task -> !task.containsKey("command_content"))
                .filter("execute_time_start=" + middle, task -> time(task).isAfter(middle))
                .filter("execute_time_end=" + middle, task -> time(task).isBefore(middle))
                .check();
    }

    @Test
    void everyTwoFiltersOfPoolsTasks() {
        Predicate<JsonObject> ofPool = task -> task(task.getString("id")).containsKey("resource_group_id");
        new FilterTable(
                        q -> list("/desktop-pools/script-execution-tasks/detail", q),
                        "script_execution_tasks",
                        "total_count",
                        "id",
                        100)
                .filter("desktop_pool_id=" + UUID.randomUUID(), task -> false)
                .filter("script_id=" + SECOND, task -> scripts(task, "scripts").contains(SECOND.toString()))
                .filter("script_name=CLEA", task -> scripts(task, "scripts").contains(SECOND.toString()))
                .filter("status=SUCCESS", has("status", "FINISH"))
                .filter("status=FINISH", has("status", "FINISH"))
                .filter("status=FAILED", has("status", "FAILED"))
                .filter("status=WAITING", has("status", "INIT"))
                .filter("task_id=" + id(3) + "&task_id=" + id(4), isOneOf(id(3)))
                .filter("task_type=COMMAND", task -> task.containsKey("command_content"))
                .filter("execute_time_start=" + middle, task -> time(task).isAfter(middle))
                .filter("execute_time_end=" + middle, task -> time(task).isBefore(middle))
                .check();
        assertThat(list("/desktop-pools/script-execution-tasks/detail", "desktop_pool_id=" + POOL + "&limit=100")
                        .getJsonArray("script_execution_tasks"))
                .hasSize(6)
                .allMatch(task -> ofPool.test((JsonObject) task));
    }

    @Test
    void everyTwoFiltersOfRecords() {
        new FilterTable(q -> list("/script-execution-records", q), "script_records", "count", "id", 100)
                .filter("resource_id=" + DESKTOPS.get(0), has("resource_name", "c"))
                .filter(
                        "resource_id=" + DESKTOPS.get(1) + "&resource_id=" + DESKTOPS.get(2),
                        has("resource_name", "c").negate())
                .filter("resource_group_id=" + POOL, r -> taskOf(r).containsKey("resource_group_id"))
                .filter("script_id=" + SECOND, has("script_id", SECOND.toString()))
                .filter("script_id=" + SECOND + "&script_id=" + FIRST, r -> r.containsKey("script_id"))
                .filter("script_name=TOOLS", has("script_name", "Install tools"))
                .filter("status=SUCCESS", has("status", "SUCCESS"))
                .filter("status=FAILED", has("status", "FAILED"))
                .filter("status=SKIP", has("status", "SKIP"))
                .filter("status=RUNNING", has("status", "RUNNING"))
                .filter("status=WAITING", has("status", "WAITING"))
                .filter("is_first_order=true", r -> r.getInteger("execute_order") == 1)
                .filter("is_first_order=false", r -> r.getInteger("execute_order") != 1)
                .filter("script_task_id=" + id(4), has("script_task_id", id(4)))
                .filter("task_type=COMMAND", r -> r.containsKey("command_content"))
                .filter("execute_time_start=" + middle, r -> time(r).isAfter(middle))
                .filter("execute_time_end=" + middle, r -> time(r).isBefore(middle))
                .check();
    }

    @ParameterizedTest
    @CsvSource({
        "/script-execution-tasks, limit=0, 400",
        "/script-execution-tasks, limit=1, 200",
        "/script-execution-tasks, limit=100, 200",
        "/script-execution-tasks, limit=101, 400",
        "/script-execution-tasks, offset=-1, 400",
        "/script-execution-tasks, offset=2147483647, 200",
        "/script-execution-tasks, offset=2147483648, 400",
        "/script-execution-tasks, offset=, 200",
        "/script-execution-tasks, task_id, 200",
        "/script-execution-tasks, limit=ten, 400",
        "/script-execution-records, limit=0, 400",
        "/script-execution-records, limit=100, 200",
        "/script-execution-records, limit=101, 400",
        "/script-execution-records, offset=2147483647, 200",
        "/script-execution-records, show_history=true, 400",
        "/script-execution-records, execute_time_start=2021-10-01, 400",
        "/desktop-pools/script-execution-tasks/detail, limit=101, 400",
        "/desktop-pools/script-execution-tasks/detail, limit=100, 200",
        "/desktop-pools/script-execution-tasks/detail, status=DONE, 400",
        "/script-execution-records/nonsense, '', 404",
        "/script-execution-records/00000000-0000-0000-0000-000000000000, '', 404",
    })
    void pagesHaveLimits(String path, String query, int status) {
        assertThat(send(path, query).status()).isEqualTo(status);
    }

    /** Ten rows, when nobody says how many. */
    @Test
    void aPageHasTenRowsWhenNobodySaysHowMany() {
        assertThat(list("/script-execution-tasks", "").getJsonArray("script_tasks"))
                .hasSize(10);
        assertThat(list("/script-execution-records", "").getJsonArray("script_records"))
                .hasSize(10);
    }

    private static Predicate<JsonObject> has(String member, String value) {
        return row -> value.equals(row.getString(member));
    }

    private static Predicate<JsonObject> isOneOf(String... ids) {
        return row -> List.of(ids).contains(row.getString("id"));
    }

    private static JsonObject taskOf(JsonObject recordRow) {
        return task(recordRow.getString("script_task_id"));
    }

    private static JsonObject task(String id) {
        return Objects.requireNonNull(TASKS.get(id), id);
    }

    /** When it started, or its task was made. */
    private static Instant time(JsonObject row) {
        String start = row.getString("start_time");
        String task = row.getString("script_task_id", row.getString("id"));
        return Instant.parse(start == null ? task(task).getString("create_time") : start);
    }

    private static List<String> scripts(JsonObject task, String member) {
        JsonArray scripts = task.getJsonArray(member);
        return scripts.stream().map(s -> ((JsonObject) s).getString("id")).toList();
    }

    /** Of the task that was started as the n-th. */
    private static String id(int n) {
        return TASKS.values().stream()
                .sorted((a, b) -> a.getString("create_time").compareTo(b.getString("create_time")))
                .skip(n)
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    private static JsonObject list(String path, String query) {
        ApiFixture.Answer answer = send(path, query);
        assertThat(answer.status()).as(path + "?" + query).isEqualTo(200);
        return answer.json();
    }

    private static ApiFixture.Answer send(String path, String query) {
        return API.send("GET", "{v2}" + path + "?" + query, null);
    }
}
