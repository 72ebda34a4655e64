package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scheduled tasks on real parts, by the real clock: every type of task at every type of time, and at events. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SchedulesIT {
    private static final List<String> TYPES =
            List.of("EXECUTE_SCRIPT", "START", "STOP", "REBOOT", "HIBERNATE", "REBUILD", "CREATE_SNAPSHOT");
    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private static final Path SAMPLE =
            Path.of("..", "scripts", "samples", "provider").toAbsolutePath().normalize();

    private static Path folder = Path.of("unset");
    private static String taskOfTheAbsent = "";
    private static Installation installation;

    private enum Timed {
        FIXED_TIME,
        DAY,
        WEEK,
        MONTH;

        JsonObject at(ZonedDateTime time) {
            JsonObject timing = new JsonObject()
                    .put("scheduled_type", name())
                    .put("time_zone", ZONE.getId())
                    .put(
                            "scheduled_time",
                            DateTimeFormatter.ofPattern("HH:mm:ss").format(time));
            return switch (this) {
                case FIXED_TIME -> timing.put("scheduled_date", DateTimeFormatter.ISO_LOCAL_DATE.format(time));
                case DAY -> timing.put("day_interval", 31);
                case WEEK -> timing.put("week_list", "1,2,3,4,5,6,7");
                case MONTH ->
                    timing.put("month_list", "" + time.getMonthValue()).put("date_list", "" + time.getDayOfMonth());
            };
        }
    }

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("deskwave-schedules-");
        Path provider = Files.copy(SAMPLE, folder.resolve("provider"), StandardCopyOption.COPY_ATTRIBUTES);
        String agent = String.join(" ", Installation.agentProgram(List.of()))
                + " run --power simulate --simulate-power-seconds 1 --name new-image";
        Files.writeString(
                folder.resolve("provider.conf"),
                """
                rebuild_desktop() {
                    home="%2$s/image-$action_id"
                    DESKWAVE_ENROLLMENT_TOKEN="$token" setsid %1$s --home "$home" </dev/null >"$home.out" 2>"$home.err" &
                    echo $! >>%2$s/pids
                    return 10
                }
                start_desktop() { return 20; }
                create_snapshot() { echo "snapshot of $desktop_id"; }
                """
                        .formatted(agent, folder));
        installation = new Installation(false, Map.of("DESKWAVE_PROVIDER", provider.toString()));
        TYPES.forEach(type -> installation.startAgent(desk(type)));
        leave();
    }

    /** A desktop that goes away while the other tests run: it takes its time until it counts as one that cannot connect. */
    private static void leave() {
        installation.startAgent("absent");
        JsonObject trigger = new JsonObject()
                .put("scheduled_type", "LIFE_CYCLE")
                .put("life_cycle_type", "POST_DESKTOP_CANNOT_CONNECT");
        JsonObject absent = new JsonObject().put("object_type", "DESKTOP").put("object_id", installation.id("absent"));
        taskOfTheAbsent = create(task("EXECUTE_SCRIPT", trigger, absent));
        installation.agent("absent").signal("TERM");
        installation.agent("absent").awaitEnd(30);
    }

    @AfterAll
    static void stop() throws IOException {
        try {
            installation.close();
        } finally {
            if (Files.exists(folder.resolve("pids"))) {
                for (String pid : Files.readAllLines(folder.resolve("pids"))) {
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroy);
                }
            }
        }
    }

    private static String desk(String type) {
        return type.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static JsonObject task(String type, JsonObject timing, JsonObject object) {
        JsonObject body = new JsonObject()
                .put("task_name", type)
                .put("task_type", type)
                .put("apply_objects", new JsonArray().add(object))
                .mergeIn(timing);
        return type.equals("EXECUTE_SCRIPT")
                ? body.put("extra_params", "{\"command_content\":\"date +%s.%N\",\"command_type\":\"SHELL\"}")
                : body;
    }

    private static String create(JsonObject task) {
        return installation.call("POST", "/scheduled-tasks", task).getString("task_id");
    }

    private static JsonObject desktop(String type) {
        return new JsonObject().put("object_type", "DESKTOP").put("object_id", installation.id(desk(type)));
    }

    private static JsonArray records(String task) {
        return installation
                .call("GET", "/scheduled-tasks/" + task + "/records", null)
                .getJsonArray("tasks_records");
    }

    private static JsonObject awaitEnd(String task) {
        return Eventually.get(
                120,
                () -> records(task).stream()
                        .map(JsonObject.class::cast)
                        .filter(record -> !record.getString("status").equals("RUNNING"))
                        .findFirst()
                        .orElse(null),
                () -> records(task).encodePrettily()
                        + installation.controlPlane().err());
    }

    private static List<JsonObject> details(String task, JsonObject record) {
        return installation
                .call(
                        "GET",
                        "/scheduled-tasks/" + task + "/records/" + record.getString("id") + "?offset=0&limit=10",
                        null)
                .getJsonArray("tasks_records_details")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static void awaitAllOnline() {
        boolean online = Eventually.get(
                60,
                () -> TYPES.stream().allMatch(SchedulesIT::isOnline) ? Boolean.TRUE : null,
                () -> installation.call("GET", "/desktops?limit=100", null).encodePrettily());
        assertThat(online).isTrue();
    }

    private static boolean isOnline(String type) {
        return installation
                .call("GET", "/desktops/" + installation.id(desk(type)), null)
                .getJsonObject("desktop")
                .getString("status")
                .equals("ACTIVE");
    }

    @ParameterizedTest
    @EnumSource(Timed.class)
    void everyTypeOfTaskIsFiredAtItsTime(Timed timed) {
        awaitAllOnline();
        ZonedDateTime due = ZonedDateTime.now(ZONE).plusSeconds(8).withNano(0);
        Map<String, String> tasks = new LinkedHashMap<>();
        TYPES.forEach(type -> tasks.put(type, create(task(type, timed.at(due), desktop(type)))));
        tasks.forEach((type, task) -> {
            JsonObject record = awaitEnd(task);
            assertThat(record.getString("status"))
                    .as(timed + " " + type + record + details(task, record)
                            + installation.controlPlane().err())
                    .isEqualTo("SUCCESS");
            assertThat(records(task)).hasSize(1);
            assertThat(record.getInteger("success_num")).isEqualTo(1);
            assertThat(record.getString("scheduled_type")).isEqualTo(timed.name());
            assertThat(OffsetDateTime.parse(record.getString("planned_time")).toInstant())
                    .isEqualTo(due.toInstant());
            JsonObject detail = details(task, record).get(0);
            assertThat(detail.getString("desktop_id")).isEqualTo(installation.id(desk(type)));
            assertThat(detail.getString("exec_status")).isEqualTo("SUCCESS");
            assertThat(detail.getString("start_time")).isNotNull();
            assertThat(detail.getString("end_time")).isNotNull();
            assertThat(record.containsKey("execute_task_id")).isEqualTo(type.equals("EXECUTE_SCRIPT"));
            installation.call("DELETE", "/scheduled-tasks/" + task, null);
        });
    }

    @Test
    void aFixedTimeFiresOnTheSecondAndItsRecordLeadsToTheExecution() {
        awaitAllOnline();
        ZonedDateTime due = ZonedDateTime.now(ZONE).plusSeconds(8).withNano(0);
        String task = create(task("EXECUTE_SCRIPT", Timed.FIXED_TIME.at(due), desktop("EXECUTE_SCRIPT")));
        JsonObject record = awaitEnd(task);
        String execution = record.getString("execute_task_id");
        assertThat(installation.task(execution).getString("status")).isEqualTo("SUCCESS");
        String ran = installation
                .detail(installation.record(execution).getString("id"))
                .getString("stdout", "");
        String output = ran.isBlank()
                ? new String(
                        installation.raw(installation.record(execution).getString("id"), "stdout"),
                        StandardCharsets.UTF_8)
                : ran;
        BigDecimal late = new BigDecimal(output.strip()).subtract(BigDecimal.valueOf(due.toEpochSecond()));
        System.out.println("the script ran " + late.setScale(3, RoundingMode.HALF_UP) + " s after its planned time");
        assertThat(late).isBetween(BigDecimal.ZERO, BigDecimal.TEN);
        JsonObject row = installation
                .call("GET", "/scheduled-tasks?offset=0&limit=50&last_status=SUCCESS", null)
                .getJsonArray("scheduled_tasks")
                .getJsonObject(0);
        assertThat(row.getString("id")).isEqualTo(task);
        assertThat(row.getString("no_execution_reason")).contains("past");
        assertThat(Instant.now()).isAfter(due.toInstant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"EXECUTE_SCRIPT", "STOP", "REBOOT", "HIBERNATE", "CREATE_SNAPSHOT"})
    void whatIsTriggeredIsDoneToTheDesktopThatCameIn(String type) {
        JsonObject trigger = new JsonObject()
                .put("scheduled_type", "LIFE_CYCLE")
                .put("life_cycle_type", "POST_CREATE_DESKTOP_SUCCESS")
                .put("wait_time", 0);
        String task = create(task(type, trigger, new JsonObject().put("object_type", "ALL_DESKTOPS")));
        String newcomer = installation.startAgent("newcomer-" + desk(type));
        JsonObject record = awaitEnd(task);
        assertThat(record.getString("status"))
                .as(record + "" + details(task, record))
                .isEqualTo("SUCCESS");
        assertThat(record.getString("life_cycle_type")).isEqualTo("POST_CREATE_DESKTOP_SUCCESS");
        assertThat(details(task, record))
                .extracting(detail -> detail.getString("desktop_id") + " " + detail.getString("exec_status"))
                .containsExactly(newcomer + " SUCCESS");
        installation.call("DELETE", "/scheduled-tasks/" + task, null);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void whatCannotConnectIsSeenToWhenItIsBack() {
        JsonObject started = Eventually.get(
                150,
                () -> records(taskOfTheAbsent).isEmpty()
                        ? null
                        : records(taskOfTheAbsent).getJsonObject(0),
                () -> installation.controlPlane().err());
        assertThat(started.getString("status")).isEqualTo("RUNNING");
        installation.startAgent("absent");
        assertThat(awaitEnd(taskOfTheAbsent).getString("status")).isEqualTo("SUCCESS");
        assertThat(records(taskOfTheAbsent)).hasSize(1);
    }
}
