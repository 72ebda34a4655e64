package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.PROJECT;
import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.ReadingLoop;
import io.deskwave.control.desktop.ApiFixture;
import io.deskwave.control.desktop.ApiFixture.Answer;
import io.deskwave.control.desktop.Tag;
import io.deskwave.control.desktop.TagStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ExecuteScriptByDesktopTag through the real front door, with the agents played by hand. */
final class TagExecutionTest {
    private static final String PATH = "{v2}/script-executions/by-desktop-tag";
    private static final String RUN = ",'command_content':'true','command_type':'SHELL'";

    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);
    private final ApiFixture api = new ApiFixture(vertx, PROJECT, operations -> {
        new ExecutionRoutes(fleet.executions, fleet.interventions).mount(operations);
        new HistoryRoutes(fleet.database, ReadingLoop.here(vertx, fleet.database)).mount(operations);
    });

    @BeforeEach
    void tagDesktops() {
        tag(fleet.desktop("a", false), new Tag("site", "bonn"));
        tag(fleet.desktop("b", true), new Tag("site", "bonn"), new Tag("k=x", "y"));
        tag(fleet.desktop("c", true), new Tag("site", "bonn"), new Tag("owner", ""));
        tag(fleet.desktop("d", true), new Tag("site", "berlin"));
        tag(fleet.desktop("e", true), new Tag("other", "bonn"));
    }

    @AfterEach
    void close() throws Exception {
        assertThat(fleet.countersMatchRows()).isTrue();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private void tag(UUID desktop, Tag... tags) {
        get(new TagStore().put(fleet.database.client(), PROJECT, desktop, List.of(tags)));
    }

    /** @param more begins with a comma */
    private Answer post(String tag, String more) {
        return api.send("POST", PATH, "{'desktop_tag':'" + tag + "'" + more + "}");
    }

    private UUID start(String tag, String more) {
        Answer answer = post(tag, RUN + more);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return UUID.fromString(answer.json().getString("task_id"));
    }

    @CanIgnoreReturnValue
    private JsonObject list(String path) {
        Answer answer = api.send("GET", path, null);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void runsOnTheDesktopsThatHadTheTagWhenTheTaskWasMade() {
        UUID task = start("site=bonn", "");
        tag(fleet.desktop("f", true), new Tag("site", "bonn"));
        fleet.sql("DELETE FROM desktop_tags WHERE value = 'bonn'");

        List<Assignment> claimed = fleet.claim();
        assertThat(claimed).hasSize(2);
        claimed.forEach(a -> fleet.run(a, 0));
        assertThat(fleet.records(task)).containsExactly("a: WAITING", "b: SUCCESS EXITED", "c: SUCCESS EXITED");
    }

    @Test
    void aKeyAloneMeansAnyValueAndTheFirstEqualsSignEndsTheKey() {
        assertThat(fleet.records(start("site", ""))).hasSize(4);
        assertThat(fleet.records(start("owner=", ""))).containsExactly("c: WAITING");
        assertThat(fleet.records(start("owner", ""))).containsExactly("c: WAITING");
        tag(fleet.desktop("g", true), new Tag("k", "x=y"));
        assertThat(fleet.records(start("k=x=y", ""))).containsExactly("g: WAITING");
    }

    @Test
    void theGrayBatchTakesOnlineDesktopsFirstAndClosesTheGate() {
        UUID task = start("site=bonn", ",'gray_count':1,'gray_fail_threshold':1");
        List<Assignment> gray = fleet.claim();
        assertThat(gray).hasSize(1);
        fleet.run(gray.get(0), 1);

        assertThat(fleet.records(task))
                .containsExactly("a: SKIP GRAY_HALTED", "b: FAILED EXITED", "c: SKIP GRAY_HALTED");
    }

    @Test
    void theGrayBatchLetsTheRestGo() {
        UUID b = fleet.sql("SELECT id FROM desktops WHERE computer_name = 'b'")
                .get(0)
                .getUUID(0);
        UUID task = start("site=bonn", ",'gray_desktop_ids':['" + b + "'],'gray_fail_threshold':1");
        List<Assignment> gray = fleet.claim();
        assertThat(gray).extracting(Assignment::desktopId).containsExactly(b);
        fleet.run(gray.get(0), 0);
        fleet.claim().forEach(a -> fleet.run(a, 0));

        assertThat(fleet.records(task)).containsExactly("a: WAITING", "b: SUCCESS EXITED", "c: SUCCESS EXITED");
        assertThat(fleet.task(task).getString("gate")).isEqualTo("OPEN");
    }

    @Test
    void tasksAndRecordsAreFoundByTheTag() {
        UUID task = start("site=bonn", "");
        UUID other = start("site", "");
        assertThat(other).isNotEqualTo(task);

        JsonObject tasks = list("{v2}/script-execution-tasks?resource_group_id=site%3Dbonn");
        assertThat(tasks.getInteger("count")).isEqualTo(1);
        JsonObject shown = tasks.getJsonArray("script_tasks").getJsonObject(0);
        assertThat(shown.getString("id")).isEqualTo(task.toString());
        assertThat(shown.getString("resource_group_type")).isEqualTo("DESKTOP_TAG");
        assertThat(shown.getString("resource_group_id")).isEqualTo("site=bonn");
        assertThat(list("{v2}/script-execution-tasks?resource_group_type=DESKTOP_TAG")
                        .getInteger("count"))
                .isEqualTo(2);
        assertThat(list("{v2}/script-execution-records?resource_group_id=site%3Dbonn")
                        .getInteger("count"))
                .isEqualTo(3);
        assertThat(list("{v2}/desktop-pools/script-execution-tasks/detail").getInteger("total_count"))
                .isZero();
    }

    @Test
    void theLongestTagIsTakenAndFound() {
        String tag = "k".repeat(128) + "=" + "v".repeat(43);
        tag(fleet.desktop("long", true), new Tag("k".repeat(128), "v".repeat(43)));
        assertThat(fleet.records(start(tag, ""))).containsExactly("long: WAITING");
        assertThat(list("{v2}/script-execution-tasks?resource_group_id=" + tag.replace("=", "%3D"))
                        .getInteger("count"))
                .isEqualTo(1);
    }

    @Test
    void desktopsOfOtherProjectsAndDeletedOnesAreNotMeant() {
        String other = "b".repeat(32);
        fleet.sql("INSERT INTO projects (id, domain_id, name) VALUES ($1, $2, 'other')", other, PROJECT);
        UUID theirs = fleet.desktop("theirs", true);
        fleet.sql("UPDATE desktops SET project_id = $2 WHERE id = $1", theirs, other);
        tag(theirs, new Tag("site", "bonn"));
        assertThat(fleet.sql("SELECT FROM desktop_tags WHERE desktop_id = $1", theirs))
                .isEmpty();
        get(new TagStore().put(fleet.database.client(), other, theirs, List.of(new Tag("site", "bonn"))));
        fleet.sql("UPDATE desktops SET deleted_at = now(), node_id = NULL WHERE computer_name = 'c'");

        assertThat(fleet.records(start("site=bonn", ""))).containsExactly("a: WAITING", "b: WAITING");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "{}                                                 | 400 | desktop_tag is missing",
                "{'desktop_tag':''}                                 | 400 | desktop_tag",
                "{'desktop_tag':5}                                  | 400 | text in quotes",
                "{'desktop_tag':'=bonn'{run}}                       | 400 | must name a tag",
                "{'desktop_tag':'site=bonn,os=linux'{run}}          | 400 | one tag",
                "{'desktop_tag':'site=paris'{run}}                  | 400 | no desktop of this project has the tag 'site=paris'",
                "{'desktop_tag':'k=x'{run}}                         | 400 | no desktop",
                "{'desktop_tag':' site'{run}}                       | 400 | no desktop",
                "{'desktop_tag':'site=bonn'}                        | 400 | say what to run",
                "{'desktop_tag':'site','command_content':'true'}    | 400 | command_type",
                "{'desktop_tag':'site','desktop_ids':['x']{run}}    | 400 | did you mean desktop_tag",
                "{'desktop_tag':'site','grey_count':1{run}}         | 400 | did you mean gray_count",
                "{'desktop_tag':'site','gray_count':1001{run}}      | 400 | gray_count",
                "{'desktop_tag':'site','gray_count':'1'{run}}       | 400 | gray_count",
                "{'desktop_tag':'site','gray_fail_threshold':1{run}} | 400 | needs a gray batch",
                "{'desktop_tag':'site','gray_count':1,'gray_fail_threshold':2{run}} | 400 | at most the size",
                "{'desktop_tag':'site','gray_desktop_ids':['x']{run}} | 404 | gray_desktop_ids",
                "{'desktop_tag':'site','gray_desktop_ids':['00000000-0000-4000-8000-000000000001']{run}} | 400 | not among the targets",
                "{'desktop_tag':'site','execution_timeout':601{run}} | 400 | execution_timeout",
                "{'desktop_tag':'site','post_finish':'sleep'{run}}  | 400 | stop or reboot",
                "{'desktop_tag':'site','script_ids':['00000000-0000-4000-8000-000000000001']} | 404 | script",
            })
    void refusesWithAWord(String body, int status, String word) {
        Answer answer = api.send("POST", PATH, body.replace("{run}", RUN));

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().getString("error_msg")).contains(word);
        assertThat(fleet.sql("SELECT FROM execution_tasks")).isEmpty();
    }

    @Test
    void needsThePermissionOfItsPage() {
        String body = "{'desktop_tag':'site'" + RUN + "}";
        assertThat(api.send("POST", PATH, body, "workspace:scripts:execute").status())
                .isEqualTo(403);
        Answer allowed = api.send("POST", PATH, body, "workspace:scripts:executeByDesktopTag");
        assertThat(allowed.status()).isEqualTo(200);
        assertThat(allowed.json().getString("rule")).isNotEmpty();
    }
}
