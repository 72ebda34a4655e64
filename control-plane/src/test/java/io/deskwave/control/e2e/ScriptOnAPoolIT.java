package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The main job, whole, on real parts: three agents in one pool, and one beside it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ScriptOnAPoolIT {
    private static final JsonObject NOTHING_MORE = new JsonObject();
    private static Installation installation;
    private static String overdueTask = "";
    private static List<ProcessHandle> overdueTree = List.of();

    @BeforeAll
    static void start() {
        installation = new Installation();
        for (String name : List.of("desk-1", "desk-2", "desk-3", "beside")) {
            installation.startAgent(name);
        }
        startWhatGoesOnForTooLong();
    }

    @AfterAll
    static void stop() {
        overdueTree.forEach(ProcessHandle::destroyForcibly);
        installation.close();
    }

    private static String newPool(String name) {
        installation.call(
                "POST",
                "/desktop-pools",
                new JsonObject().put("name", name).put("type", "STATIC").put("size", 0));
        String id = installation
                .call("GET", "/desktop-pools?name=" + name, null)
                .getJsonArray("desktop_pools")
                .getJsonObject(0)
                .getString("id");
        var ids = new JsonArray();
        List.of("desk-1", "desk-2", "desk-3").forEach(desk -> ids.add(installation.id(desk)));
        installation.call("POST", "/desktop-pools/" + id + "/desktops", new JsonObject().put("desktop_ids", ids));
        return id;
    }

    private static String newScript(String content) {
        return installation
                .call(
                        "POST",
                        "/scripts",
                        new JsonObject()
                                .put("name", "a script")
                                .put("type", "SHELL")
                                .put("content", content))
                .getString("script_id");
    }

    @Test
    void theGrayDesktopEndsBeforeEitherOtherStarts() {
        String pool = newPool("gray-succeeds");
        String script = newScript("sleep 0.5; echo done on $(hostname)\n");
        String task = installation
                .call(
                        "POST",
                        "/desktop-pools/" + pool + "/script-executions",
                        new JsonObject()
                                .put("script_ids", new JsonArray().add(script))
                                .put("gray_count", 1))
                .getString("task_id");
        JsonObject ended = installation.awaitTask(task, 60);
        assertThat(ended.getString("status")).isEqualTo("SUCCESS");
        assertThat(ended.getInteger("success_num")).isEqualTo(3);
        assertThat(ended.getJsonArray("task_scripts").getJsonObject(0).getString("name"))
                .isEqualTo("a script");
        List<JsonObject> records = installation.records(task);
        JsonObject gray = records.stream()
                .filter(record -> record.getInteger("execute_order") == 1)
                .findFirst()
                .orElseThrow();
        Instant grayEnd = Instant.parse(gray.getString("end_time"));
        assertThat(records)
                .filteredOn(record -> record.getInteger("execute_order") == 2)
                .hasSize(2)
                .allMatch(
                        record -> !Instant.parse(record.getString("start_time")).isBefore(grayEnd));
        JsonObject inPoolList = installation
                .call("GET", "/desktop-pools/script-execution-tasks/detail?status=FINISH&task_id=" + task, null)
                .getJsonArray("script_execution_tasks")
                .getJsonObject(0);
        assertThat(inPoolList.getString("status")).isEqualTo("FINISH");
        assertThat(inPoolList.getString("desktop_pool_name")).isEqualTo("gray-succeeds");
        assertThat(inPoolList.getInteger("success_num")).isEqualTo(3);
    }

    @Test
    void aFailingGrayScriptHaltsTheRest() {
        String pool = newPool("gray-fails");
        String task = installation
                .call(
                        "POST",
                        "/desktops-pools/" + pool + "/script-executions",
                        new JsonObject()
                                .put("command_content", "echo no; exit 3")
                                .put("command_type", "SHELL")
                                .put("gray_count", 1)
                                .put("gray_fail_threshold", 1))
                .getString("task_id");
        JsonObject ended = installation.awaitTask(task, 60);
        assertThat(ended.getString("status")).isEqualTo("FAILED");
        assertThat(ended.getInteger("failed_num")).isEqualTo(1);
        assertThat(ended.getInteger("skip_num")).isEqualTo(2);
        assertThat(installation.records(task))
                .extracting(record -> record.getString("status") + " " + record.getString("result_code"))
                .containsExactlyInAnyOrder("FAILED EXITED", "SKIP GRAY_HALTED", "SKIP GRAY_HALTED");
        JsonObject inPoolList = installation
                .call("GET", "/desktop-pools/script-execution-tasks/detail?desktop_pool_id=" + pool, null)
                .getJsonArray("script_execution_tasks")
                .getJsonObject(0);
        assertThat(inPoolList.getString("status")).isEqualTo("FAILED");
        assertThat(inPoolList.getInteger("skip_num")).isEqualTo(2);
    }

    /** A tree of processes that runs beside the other tests, until its minute is over. */
    private static void startWhatGoesOnForTooLong() {
        Path pids = installation.folder.resolve("tree.pids");
        overdueTask = installation.run(
                """
                out=%s
                sleep 300 & echo $! >> $out
                nohup sleep 301 > /dev/null 2>&1 & echo $! >> $out
                setsid sh -c 'echo $$ >> '$out'; exec sleep 302' &
                sh -c "(setsid sh -c 'echo \\$\\$ >> $out; exec sleep 303' &) &"
                sh -c "trap '' TERM; echo \\$\\$ >> $out; while :; do sleep 1; done" &
                echo $$ >> $out
                wait
                """
                        .formatted(pids),
                new JsonObject().put("execution_timeout", 1),
                "beside");
        JsonObject running = installation.awaitRecord(overdueTask, "RUNNING", 30);
        assertThat(running.getString("end_time")).isNull();
        Eventually.holds(20, () -> readLines(pids).size() == 6, () -> "tree not up: " + readLines(pids));
        overdueTree = readLines(pids).stream()
                .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                .toList();
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void nothingOfAScriptIsAliveAfterItsTimeIsUp() {
        installation.awaitTask(overdueTask, 90);
        Eventually.holds(
                10, () -> overdueTree.stream().noneMatch(ProcessHandle::isAlive), () -> "alive: " + overdueTree);
        JsonObject record = installation.detail(installation.record(overdueTask).getString("id"));
        assertThat(record.getString("status") + " " + record.getString("result_code"))
                .isEqualTo("FAILED TIMED_OUT");
        assertThat(record.getString("reason")).contains("ended").contains("sleep");
    }

    private static List<String> readLines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void keepsHeadAndTailOfTenMegabytesAndCountsTheCut() {
        String task = installation.run(
                "i=0; while [ $i -lt 160 ]; do head -c 65536 /dev/zero | tr '\\0' 'a'; i=$((i+1)); done; printf THE-END",
                new JsonObject().put("execution_timeout", 5),
                "desk-2");
        assertThat(installation.awaitTask(task, 120).getString("status")).isEqualTo("SUCCESS");
        JsonObject record = installation.detail(installation.record(task).getString("id"));
        long written = 160L * 65536 + 7;
        assertThat(record.getLong("stdout_bytes")).isEqualTo(written);
        assertThat(record.getLong("output_kept_bytes")).isEqualTo(1024 * 1024);
        assertThat(record.getLong("output_cut_bytes")).isEqualTo(written - 1024 * 1024);
        assertThat(record.getString("output")).contains("bytes of stdout cut").endsWith("aTHE-END");
        var answer = installation.rawAnswer(record.getString("id"), "stdout");
        byte[] raw = answer.body();
        assertThat(answer.headers().firstValueAsLong("X-Output-Cut-Bytes")).hasValue(written - 1024 * 1024);
        assertThat(answer.headers().firstValueAsLong("X-Output-Next-Offset")).hasValue(written);
        assertThat(raw).hasSize(1024 * 1024);
        assertThat(new String(raw, StandardCharsets.US_ASCII)).matches("a+THE-END");
    }

    @Test
    void returnsTheVeryBytesThatWereWritten() throws IOException {
        Path expected = installation.folder.resolve("bytes");
        byte[] bytes = new byte[300_000];
        new Random(7).nextBytes(bytes);
        Files.write(expected, bytes);
        String task = installation.run("cat " + expected + "; cat " + expected + " >&2", NOTHING_MORE, "desk-2");
        installation.awaitTask(task, 60);
        String record = installation.record(task).getString("id");
        assertThat(installation.raw(record, "stdout")).isEqualTo(bytes);
        assertThat(installation.raw(record, "stderr")).isEqualTo(bytes);
        assertThat(installation.detail(record).getString("output")).contains("\uFFFD");
    }

    @Test
    void aLongLineWithoutAnEndAndASplitCharacterComeWhole() {
        String task = installation.run(
                "head -c 1000000 /dev/zero | tr '\\0' 'x'; printf '\\344'; sleep 0.3; printf '\\270\\255'; sleep 0.3; printf end",
                NOTHING_MORE,
                "desk-3");
        var watcher = Watcher.on(installation, task);
        installation.awaitTask(task, 60);
        watcher.awaitEnd(20);
        String expected = "x".repeat(1_000_000) + "中end";
        assertThat(watcher.text("stdout")).isEqualTo(expected);
        assertThat(installation
                        .detail(installation.record(task).getString("id"))
                        .getString("output"))
                .isEqualTo(expected);
    }

    @Test
    void everyViewerSeesTheWholeStoryWheneverTheyCome() {
        String task =
                installation.run("for i in 1 2 3 4 5 6; do echo line $i; sleep 0.2; done", NOTHING_MORE, "desk-3");
        var early = Watcher.on(installation, task);
        installation.awaitRecord(task, "RUNNING", 30);
        var middle = Watcher.on(installation, task);
        installation.awaitTask(task, 60);
        var late = Watcher.on(installation, task);
        String expected = "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n";
        for (Watcher watcher : List.of(early, middle, late)) {
            watcher.awaitEnd(20);
            assertThat(watcher.text("stdout")).isEqualTo(expected);
            assertThat(watcher.events.get(watcher.events.size() - 1).getString("type"))
                    .isEqualTo("end");
            Eventually.holds(10, watcher::isClosed, () -> "not closed");
        }
        var asEvents = installation.send(
                "GET",
                "/v2/" + installation.project() + "/script-execution-tasks/" + task + "/events",
                null,
                installation.token());
        assertThat(asEvents.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        assertThat(asEvents.body()).contains("event: output").contains("line 6").contains("event: end");
    }

    @Test
    void scriptsOfATaskRunInOrderAndTheTextThatRanStaysKnown() {
        String first = newScript("echo first > order; echo first");
        String second = newScript("echo second; exit 4");
        String third = newScript("echo third");
        String task = installation
                .call(
                        "POST",
                        "/script-executions",
                        new JsonObject()
                                .put("resource_ids", new JsonArray().add(installation.id("desk-1")))
                                .put(
                                        "script_ids",
                                        new JsonArray().add(first).add(second).add(third)))
                .getString("task_id");
        installation.awaitTask(task, 60);
        assertThat(installation.records(task))
                .extracting(r -> r.getString("status") + " " + r.getString("result_code"))
                .containsExactly("SUCCESS EXITED", "FAILED EXITED", "SKIP PREVIOUS_FAILED");
        installation.call(
                "PUT",
                "/scripts/" + first,
                new JsonObject().put("name", "a script").put("content", "echo changed"));
        assertThat(installation
                        .call("GET", "/scripts/" + first + "?script_task_id=" + task, null)
                        .getString("content"))
                .isEqualTo("echo first > order; echo first");
    }

    @Test
    void stopEndsWhatRunsAndRetryRunsItAgain() throws IOException {
        Path starts = installation.folder.resolve("starts");
        String task = installation.run("echo start >> " + starts + "; sleep 60", NOTHING_MORE, "desk-3");
        installation.awaitRecord(task, "RUNNING", 30);
        Eventually.holds(10, () -> readLines(starts).size() == 1, () -> "not started");
        installation.call("POST", "/script-executions/stop", new JsonObject().put("task_id", task));
        installation.awaitTask(task, 30);
        assertThat(installation.record(task).getString("result_code")).isEqualTo("STOPPED");
        installation.call("POST", "/script-executions/retry", new JsonObject().put("task_id", task));
        installation.awaitRecord(task, "RUNNING", 30);
        Eventually.holds(10, () -> readLines(starts).size() == 2, () -> "not started again");
        installation.call(
                "POST",
                "/script-executions/stop",
                new JsonObject().put("record_id", installation.record(task).getString("id")));
        installation.awaitTask(task, 30);
        assertThat(installation
                        .detail(installation.record(task).getString("id"))
                        .getJsonArray("earlier_attempts"))
                .hasSize(1);
    }

    @Test
    void aDesktopSkipsWhatItCannotRun() {
        String task = installation
                .call(
                        "POST",
                        "/script-executions",
                        new JsonObject()
                                .put("resource_ids", new JsonArray().add(installation.id("desk-2")))
                                .put("command_content", "dir")
                                .put("command_type", "BAT"))
                .getString("task_id");
        installation.awaitTask(task, 30);
        JsonObject record = installation.record(task);
        assertThat(record.getString("status") + " " + record.getString("result_code"))
                .isEqualTo("SKIP UNSUPPORTED");
        assertThat(record.getString("reason")).contains("SHELL");
    }

    @Test
    void rebootsBeforeAndStopsAfterProvenByTheBootId() {
        String boot = bootId("desk-2");
        String task = installation.run(
                "echo up", new JsonObject().put("pre_start", "Reboot").put("post_finish", "STOP"), "desk-2");
        JsonObject ended = installation.awaitTask(task, 90);
        assertThat(ended.getString("status")).isEqualTo("SUCCESS");
        Eventually.holds(
                60,
                () -> installation.record(task).getJsonArray("steps").stream()
                        .allMatch(step -> ((JsonObject) step).getString("state").equals("DONE")),
                () -> installation.record(task).encodePrettily());
        assertThat(bootId("desk-2")).isNotEqualTo(boot);
        String after = installation.run("echo back", new JsonObject().put("post_finish", "reboot"), "desk-2");
        installation.awaitTask(after, 90);
        Eventually.holds(
                60,
                () -> installation
                        .record(after)
                        .getJsonArray("steps")
                        .getJsonObject(0)
                        .getString("state")
                        .equals("DONE"),
                () -> installation.record(after).encodePrettily());
    }

    private static String bootId(String name) {
        return installation
                .call("GET", "/desktops/" + installation.id(name), null)
                .getJsonObject("desktop")
                .getString("boot_id");
    }

    @Test
    void desktopsTellTheirHost() {
        JsonObject desktop = Eventually.get(
                20,
                () -> {
                    JsonObject shown = installation
                            .call("GET", "/desktops/" + installation.id("desk-1"), null)
                            .getJsonObject("desktop");
                    return shown.getJsonObject("host").getLong("memory_bytes") > 0 ? shown : null;
                },
                () -> "no memory in the host info");
        assertThat(desktop.getString("computer_name")).isEqualTo("desk-1");
        assertThat(desktop.getJsonObject("metadata").getString("os_type")).isEqualTo("Linux");
        assertThat(desktop.getJsonObject("host").getJsonObject("cpu").getInteger("logical_cores"))
                .isPositive();
    }
}
