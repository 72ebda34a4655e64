package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.http.Paging;
import io.deskwave.control.schedule.ScheduleServer.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files are made once, by somebody, within bounds, and go when their time is over. */
class ExportMakerTest {
    private static final ExportLimits LIMITS =
            new ExportLimits(2_500, 600_000, 900_000, 3, 5, Duration.ofHours(24), Duration.ofDays(7));
    private static final Instant FIRED = Instant.parse("2026-11-21T10:00:00Z");
    private static ScheduleServer server;
    private static ExportFixture rows;
    private static UUID desktop = UUID.randomUUID();
    private final ExportStore store = new ExportStore();
    private final ExportWorkStore work = new ExportWorkStore();
    private final ExportMaker maker = maker();
    private String task = "";

    @BeforeAll
    static void start() {
        server = new ScheduleServer(LIMITS);
        rows = new ExportFixture(server.fixture);
        desktop = server.fixture.desktop(PROJECT, null, "pc-1");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static ExportMaker maker() {
        return new ExportMaker(server.vertx, server.database, () -> server.now, LIMITS);
    }

    @BeforeEach
    void empty() {
        server.now = ScheduleServer.START;
        server.fixture.execute("TRUNCATE scheduled_tasks CASCADE");
        task = server.create("{'task_name':'t','task_type':'REBOOT','scheduled_type':'DAY','day_interval':1,"
                + "'scheduled_time':'02:30:00','apply_objects':[{'object_type':'ALL_DESKTOPS'}]}");
    }

    private Answer export(String query) {
        return server.send("POST", "/scheduled-tasks/" + task + "/records/export?format=csv" + query, null);
    }

    @CanIgnoreReturnValue
    private UUID exported(String query) {
        return UUID.fromString(export(query).json().getString("task_id"));
    }

    private static JsonObject shown(UUID id) {
        return server.send("GET", "/export-tasks?task_id=" + id, null)
                .json()
                .getJsonArray("export_tasks")
                .getJsonObject(0);
    }

    private ExportTask claimed() {
        return await(work.claim(server.database.client(), server.now, server.now.plus(ExportRun.WITHOUT_NEWS)))
                .orElseThrow();
    }

    private static long chunks() {
        return server.fixture.count("SELECT count(*) FROM export_chunks");
    }

    @Test
    void twoNodesMakeEachFileOnce() {
        rows.onDesktops(rows.firing(task, FIRED, "SUCCESS", ""), desktop, 500);
        List<UUID> ids = IntStream.range(0, 3).mapToObj(i -> exported("")).toList();
        ExportMaker other = maker();

        await(Future.all(maker.makeNext(), other.makeNext()));
        await(Future.all(maker.makeNext(), other.makeNext()));

        assertThat(ids).allMatch(id -> shown(id).getString("status").equals("SUCCESS"));
        assertThat(server.fixture.count("SELECT max(attempt) FROM export_tasks"))
                .isEqualTo(1);
    }

    @Test
    void whatADeadNodeBeganIsMadeByAnother() {
        rows.firing(task, FIRED, "SUCCESS", "");
        UUID id = exported("");
        ExportTask dead = claimed();
        assertThat(await(
                        work.add(server.database.client(), dead, 0, Buffer.buffer("half"), server.now.plusSeconds(60))))
                .isPresent();
        assertThat(await(maker.makeNext())).as("while it may live").isFalse();

        server.now = server.now.plusSeconds(61);
        assertThat(await(maker.makeNext())).isTrue();

        assertThat(shown(id).getString("status")).isEqualTo("SUCCESS");
        byte[] file =
                server.download(PROJECT, "/export-tasks/" + id + "/download").body();
        assertThat(ExportFileTest.csv(file)).hasSize(2);
        assertThat(await(work.add(server.database.client(), dead, 1, Buffer.buffer("late"), server.now)))
                .as("the dead one comes back")
                .isEmpty();
        assertThat(await(work.hold(server.database.client(), dead, server.now))).isFalse();
        assertThat(await(work.finish(server.database.client(), dead, server.now, server.now, server.now, server.now)))
                .isFalse();
        assertThat(chunks()).isEqualTo(1);
    }

    @Test
    void whatNeverComesToAnEndFails() {
        UUID id = exported("");
        for (int attempt = 1; attempt <= 5; attempt++) {
            assertThat(claimed().attempt()).isEqualTo(attempt);
            server.now = server.now.plusSeconds(61);
        }

        assertThat(await(maker.makeNext())).isTrue();

        assertThat(shown(id).getString("status")).isEqualTo("FAIL");
        assertThat(shown(id).getString("fail_reason")).contains("begun 5 times");
        assertThat(shown(id).getString("error_code")).isEqualTo("WKS.00211401");
    }

    @Test
    void aNodeThatEndsGivesBackWhatItBegan() {
        UUID id = exported("");
        maker.stop();

        await(maker.makeNext());

        assertThat(shown(id).getString("status")).isEqualTo("CREATING");
        assertThat(await(maker().makeNext())).isTrue();
        assertThat(shown(id).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    void aFileWithTooManyRowsFailsAndSaysWhatToDo() {
        rows.onDesktops(rows.firing(task, FIRED, "SUCCESS", ""), desktop, 2_501);
        UUID id = exported("");

        assertThat(await(maker.makeNext())).isTrue();

        JsonObject shown = shown(id);
        assertThat(shown.getString("status")).isEqualTo("FAIL");
        assertThat(shown.getString("fail_reason")).contains("more than 2,500 rows", "execute_time_start");
        assertThat(shown.getString("error_code")).isEqualTo("WKS.00211102");
        Answer download = server.send("GET", "/export-tasks/" + id + "/download", null);
        assertThat(download.status()).isEqualTo(409);
        assertThat(download.message()).contains("could not be made: there are more than 2,500 rows");
        await(maker.sweep());
        assertThat(chunks()).isZero();
        server.now = server.now.plus(Duration.ofDays(8));
        await(maker.sweep());
        assertThat(server.fixture.count("SELECT count(*) FROM export_tasks")).isZero();
    }

    @Test
    void theFilesOfAProjectAreBoundedTogether() {
        rows.onDesktops(rows.firing(task, FIRED, "SUCCESS", ""), desktop, 1_900);
        UUID first = exported("");
        await(maker.makeNext());
        UUID second = exported("");
        await(maker.makeNext());
        UUID third = exported("");
        await(maker.makeNext());

        assertThat(shown(first).getString("status")).isEqualTo("SUCCESS");
        assertThat(List.of(shown(second), shown(third)))
                .anyMatch(shown -> shown.getString("fail_reason", "").contains("delete some of the export tasks"));
    }

    @Test
    void aProjectHasNoMoreThanSoManyTasks() {
        exported("");
        exported("");
        exported("");
        Answer waiting = export("");
        assertThat(waiting.status()).isEqualTo(409);
        assertThat(waiting.message()).contains("3 exports of this project are not done yet");

        IntStream.range(0, 3).forEach(i -> await(maker.makeNext()));
        exported("");
        exported("");
        Answer kept = export("");
        assertThat(kept.status()).isEqualTo(409);
        assertThat(kept.message()).contains("5 export tasks: delete some");
    }

    @Test
    void whatHasExpiredIsRemovedAndLaterForgotten() {
        rows.firing(task, FIRED, "SUCCESS", "");
        UUID id = exported("");
        await(maker.makeNext());

        server.now = server.now.plus(Duration.ofHours(24));
        await(maker.sweep());
        assertThat(chunks()).as("somebody may be reading").isEqualTo(1);
        server.now = server.now.plus(Duration.ofMinutes(15));
        await(maker.sweep());
        assertThat(chunks()).isZero();
        assertThat(shown(id).getString("status")).isEqualTo("EXPIRED");

        server.now = server.now.plus(Duration.ofDays(7));
        await(maker.sweep());
        assertThat(await(store.list(
                                server.database.client(),
                                PROJECT,
                                new ExportStore.Filter(null, null, null, null),
                                false,
                                new Paging(0, 10),
                                server.now))
                        .total())
                .isZero();
        assertThat(server.fixture.count("SELECT count(*) FROM export_tasks")).isZero();
    }

    @Test
    void aFileThatVanishesInTheMidstIsNoFailureOfTheServer() {
        rows.onDesktops(rows.firing(task, FIRED, "SUCCESS", ""), desktop, 1_000);
        UUID id = exported("");
        await(maker.makeNext());
        server.fixture.execute("DELETE FROM export_chunks");

        assertThat(server.send("GET", "/export-tasks/" + id + "/download", null).status())
                .isEqualTo(404);
    }
}
