package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.schedule.ScheduleServer.Answer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.UUID;
import org.dhatim.fastexcel.reader.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records become a file, and the file is listed, downloaded and deleted. */
class ExportRoutesTest {
    private static final String TASKS = "/export-tasks";
    private static final String NOBODY = "00000000-0000-4000-8000-000000000001";
    private static final Instant FIRED = Instant.parse("2026-11-21T10:00:00Z");
    private static ScheduleServer server;
    private static ExportMaker maker;
    private static ExportFixture rows;
    private static UUID desktop = UUID.randomUUID();
    private String task = "";

    @BeforeAll
    static void start() {
        server = new ScheduleServer();
        maker = new ExportMaker(server.vertx, server.database, () -> server.now, server.exportLimits);
        rows = new ExportFixture(server.fixture);
        desktop = server.fixture.desktop(PROJECT, null, "pc-1");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @BeforeEach
    void empty() {
        server.now = ScheduleServer.START;
        server.fixture.execute("TRUNCATE scheduled_tasks CASCADE");
        task = create(PROJECT, "nightly");
    }

    private static String create(String project, String name) {
        return server.createAs(
                project,
                "{'task_name':'" + name + "','task_type':'REBOOT','scheduled_type':'DAY','day_interval':1,"
                        + "'scheduled_time':'02:30:00','time_zone':'Asia/Shanghai',"
                        + "'apply_objects':[{'object_type':'ALL_DESKTOPS'}]}");
    }

    private Answer export(String query) {
        return server.send("POST", "/scheduled-tasks/" + task + "/records/export" + query, null);
    }

    @CanIgnoreReturnValue
    private String exported(String query) {
        String id = export(query).json().getString("task_id");
        assertThat(await(maker.makeNext())).isTrue();
        return id;
    }

    private static JsonObject shown(String id) {
        return server.send("GET", TASKS + "?task_id=" + id, null)
                .json()
                .getJsonArray("export_tasks")
                .getJsonObject(0);
    }

    @CanIgnoreReturnValue
    private static byte[] file(String id) {
        HttpResponse<byte[]> response = server.download(PROJECT, TASKS + "/" + id + "/download");
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private static List<String> listed(String query) {
        return server.send("GET", TASKS + query, null).column("export_tasks", "task_id");
    }

    @Test
    void aWorkbookHasRecordsAndDetailsInTheZoneOfTheTask() throws IOException {
        rows.firing(task, FIRED.minus(Duration.ofDays(1)), "SKIP", "the previous one still runs");
        UUID firing = rows.firing(task, FIRED, "FAIL", "");
        rows.onDesktop(firing, desktop, "pc-2", "FAILED", "WKS.00010032", "it is off");
        rows.onDesktop(firing, desktop, "pc-1", "FAILED", "WKS.00211401", "no answer");

        byte[] file = file(exported(""));

        List<Row> records = ExportFileTest.sheet(file, "Records");
        assertThat(records).hasSize(3);
        assertThat(records.get(0).getCellText(0)).isEqualTo("Start time (Asia/Shanghai)");
        assertThat(records.get(1).getCellAsDate(0)).contains(LocalDateTime.parse("2026-11-21T18:00:00"));
        assertThat(records.get(1).getCellText(1)).isEqualTo("UTC+08:00");
        assertThat(records.get(1).getCellText(2)).isEqualTo("FAIL");
        assertThat(records.get(1).getCellAsNumber(3).orElseThrow()).isEqualByComparingTo("2");
        assertThat(records.get(2).getCellText(6)).isEqualTo("the previous one still runs");
        List<Row> details = ExportFileTest.sheet(file, "Details");
        assertThat(details).hasSize(3);
        assertThat(details.get(1).getCellText(2)).isEqualTo("pc-1");
        assertThat(details.get(1).getCellText(3)).isEqualTo("FAIL");
        assertThat(details.get(1).getCellAsDate(7)).contains(LocalDateTime.parse("2026-11-21T18:00:59"));
        assertThat(details.get(2).getCellText(3)).as("what did not apply").isEqualTo("SKIP");
        assertThat(details.get(2).getCellText(5)).isEqualTo("it is off");
        assertThat(details.get(2).getCellText(10)).isEqualTo(firing.toString());
    }

    @Test
    void aCsvFileHasARowForEachScriptOnEachDesktopAndForWhatHasNone() {
        String script = server.script(PROJECT);
        rows.firing(task, FIRED.minus(Duration.ofDays(1)), "SKIP", "nothing to do");
        UUID made = rows.scripts(task, FIRED, desktop, script);

        List<List<String>> lines =
                ExportFileTest.csv(file(exported("?format=csv&language=zh-CN&time_zone=America/New_York")));

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("开始时间 (America/New_York)", "UTC 偏移", "状态");
        assertThat(lines.get(1))
                .startsWith("2026-11-21 05:00:00", "UTC-05:00", "FAIL", "0", "1", "1", "", "REBOOT", "DAY", "")
                .contains(made.toString(), "pc-1", "FAIL", "EXITED", script, "'=cmd|' /C calc'!A0");
        assertThat(lines.get(2)).contains("SKIP", "PREVIOUS_FAILED");
        assertThat(lines.get(3)).contains("nothing to do").endsWith("", "", "", "", "", "", "", "");
    }

    @Test
    void aTaskThatNeverFiredHasAFileWithHeadings() {
        assertThat(ExportFileTest.csv(file(exported("?format=csv")))).hasSize(1);
    }

    @Test
    void aPartCanBeExported() {
        for (int day = 0; day < 5; day++) {
            rows.firing(task, FIRED.minus(Duration.ofDays(day)), "SUCCESS", "day " + day);
        }

        List<List<String>> lines = ExportFileTest.csv(file(
                exported("?format=csv&execute_time_start=2026-11-18T10:00:00Z&execute_time_end=2026-11-20T10:00:00Z")));

        assertThat(lines).extracting(line -> line.get(6)).containsExactly("Reason", "day 1", "day 2", "day 3");
    }

    @Test
    void aDownloadHasANameATypeAndItsLengthAndIsRemembered() {
        task = create(PROJECT, "夜间 重启/1");
        rows.firing(task, FIRED, "SUCCESS", "");
        String id = exported("?format=csv");
        assertThat(shown(id).getBoolean("is_download")).isFalse();

        HttpResponse<byte[]> response = server.download(PROJECT, TASKS + "/" + id + "/download");

        assertThat(response.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
        assertThat(response.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"__ ___1-records-20261121-200000.csv\"; "
                        + "filename*=UTF-8''%E5%A4%9C%E9%97%B4%20%E9%87%8D%E5%90%AF_1-records-20261121-200000.csv");
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length);
        JsonObject shown = shown(id);
        assertThat(shown.getBoolean("is_download")).isTrue();
        assertThat(shown.getLong("file_size")).isEqualTo(response.body().length);
        assertThat(shown.getString("file_name")).isEqualTo("夜间 重启_1-records-20261121-200000.csv");
        assertThat(shown.getString("create_time")).isEqualTo("2026-11-21T12:00:00.000Z");
        assertThat(shown.getString("end_time")).isEqualTo("2026-11-21T12:00:00.000Z");
        assertThat(shown.getString("expire_time")).isEqualTo("2026-11-22T12:00:00.000Z");
        assertThat(shown.containsKey("fail_reason")).isFalse();
    }

    @Test
    void aFileOfManyPiecesArrivesWhole() {
        UUID firing = rows.firing(task, FIRED, "SUCCESS", "");
        rows.onDesktops(firing, desktop, 5_500);

        List<List<String>> lines = ExportFileTest.csv(file(exported("?format=csv")));

        assertThat(lines).hasSize(5_501);
        assertThat(lines.stream().skip(1).map(line -> line.get(12))).isSorted().doesNotHaveDuplicates();
        assertThat(server.fixture.count("SELECT count(*) FROM export_chunks")).isGreaterThan(4);
    }

    @Test
    void whatIsNotReadyFailedOrExpiredSaysSo() {
        String id = export("").json().getString("task_id");
        Answer early = server.send("GET", TASKS + "/" + id + "/download", null);
        assertThat(early.status()).isEqualTo(409);
        assertThat(early.message()).contains("not made yet");

        assertThat(await(maker.makeNext())).isTrue();
        server.now = server.now.plus(Duration.ofHours(24));
        Answer late = server.send("GET", TASKS + "/" + id + "/download", null);
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.message()).contains("has expired");
        assertThat(shown(id).getString("status")).isEqualTo("EXPIRED");
    }

    @Test
    void filtersSortsAndPages() {
        String first = exported("?format=csv");
        file(first);
        server.now = server.now.plus(Duration.ofHours(12));
        String second = exported("?format=xlsx");
        server.now = server.now.plus(Duration.ofHours(13));
        String third = export("?format=csv").json().getString("task_id");

        assertThat(listed("")).containsExactly(third, second, first);
        assertThat(listed("?sort_field=create_time")).containsExactly(first, second, third);
        assertThat(listed("?sort_field=create_time&sort_type=DESC")).containsExactly(third, second, first);
        assertThat(listed("?file_name=XLSX")).containsExactly(second);
        assertThat(listed("?file_name=%25")).isEmpty();
        assertThat(listed("?task_id=" + second)).containsExactly(second);
        assertThat(listed("?task_id=junk")).isEmpty();
        assertThat(listed("?status=CREATING")).containsExactly(third);
        assertThat(listed("?status=SUCCESS")).containsExactly(second);
        assertThat(listed("?status=EXPIRED")).containsExactly(first);
        assertThat(listed("?status=FAIL")).isEmpty();
        assertThat(listed("?is_download=true")).containsExactly(first);
        assertThat(listed("?is_download=false")).containsExactly(third, second);
        Answer page = server.send("GET", TASKS + "?sort_field=create_time&offset=1&limit=1", null);
        assertThat(page.column("export_tasks", "task_id")).containsExactly(second);
        assertThat(page.json().getInteger("count")).isEqualTo(3);
    }

    @Test
    void deletesAllOrNone() {
        String one = exported("");
        String other = export("").json().getString("task_id");

        Answer refused = server.send("POST", TASKS + "/batch-delete", "{'task_ids':['" + one + "','" + NOBODY + "']}");
        assertThat(refused.status()).isEqualTo(404);
        assertThat(refused.message()).contains(NOBODY, "nothing was deleted");
        assertThat(listed("")).hasSize(2);

        server.send("POST", TASKS + "/batch-delete", "{'task_ids':['" + one + "','" + other + "']}")
                .json();
        assertThat(listed("")).isEmpty();
        assertThat(server.send("GET", TASKS + "/" + one + "/download", null).status())
                .isEqualTo(404);
        assertThat(await(maker.makeNext())).as("what was deleted is not made").isFalse();
        await(maker.sweep());
        assertThat(server.fixture.count("SELECT count(*) FROM export_tasks")).isZero();
    }

    @Test
    void otherProjectsSeeNothing() {
        String id = exported("");

        assertThat(server.sendAs(OTHER_PROJECT, "GET", TASKS, null).json().getInteger("count"))
                .isZero();
        assertThat(server.download(OTHER_PROJECT, TASKS + "/" + id + "/download")
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.sendAs(OTHER_PROJECT, "POST", TASKS + "/batch-delete", "{'task_ids':['" + id + "']}")
                        .status())
                .isEqualTo(404);
        assertThat(server.sendAs(OTHER_PROJECT, "POST", "/scheduled-tasks/" + task + "/records/export", null)
                        .status())
                .isEqualTo(404);
        assertThat(file(id)).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "?language=de-de, language must be en-us or zh-cn",
        "?time_zone=Mars, time_zone must be a time zone",
        "?format=pdf, format",
        "?execute_time_start=yesterday, execute_time_start must be an instant",
        "?execute_time_start=2026-11-21T10:00:00Z&execute_time_end=2026-11-20T10:00:00Z, must not be before",
    })
    void aWrongExportIsRefused(String query, String message) {
        Answer answer = export(query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.message()).contains(message);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /export-tasks?status=DONE",
        "GET, /export-tasks?is_download=perhaps",
        "GET, /export-tasks?sort_field=file_name",
        "GET, /export-tasks?sort_type=UP",
        "GET, /export-tasks?limit=0",
        "GET, /export-tasks?limit=101",
        "GET, /export-tasks?offset=-1",
        "POST, /export-tasks/batch-delete",
    })
    void whatIsWrongIsRefused(String method, String path) {
        assertThat(server.send(method, path, method.equals("POST") ? "{'task_ids':[]}" : null)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void eachOperationNeedsItsPermission() {
        String id = exported("");

        assertThat(server.sendWith("x", "GET", TASKS, null).status()).isEqualTo(403);
        assertThat(server.sendWith("x", "GET", TASKS + "/" + id + "/download", null)
                        .status())
                .isEqualTo(403);
        assertThat(server.sendWith("workspace:tenants:exportData", "GET", TASKS, null)
                        .status())
                .isEqualTo(403);
        assertThat(server.sendWith("workspace:tenants:listExportTasks", "GET", TASKS, null)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aMissingTaskIsNotExported() {
        Answer answer = server.send("POST", "/scheduled-tasks/" + NOBODY + "/records/export", null);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.message()).contains("there is no scheduled task " + NOBODY);
        assertThat(new String(server.download(PROJECT, TASKS + "/junk/download").body(), StandardCharsets.UTF_8))
                .contains("there is no export task junk");
    }
}
