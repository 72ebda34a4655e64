package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of sub-jobs, what is forgotten of them, and the batch deletion. */
class JobsTest {
    private final DesktopServer server = new DesktopServer();
    private String job = "";
    private String pool = "";

    @BeforeEach
    void fill() {
        JsonObject made = server.get("POST", "/desktop-pools", "{'name':'p','type':'STATIC','size':3}");
        job = made.getString("job_id");
        pool = made.getString("pool_id");
        UUID desktop = server.fixture.desktop(PROJECT, null, "pc");
        server.get("POST", "/desktops/action", "{'desktop_ids':['" + desktop + "'],'op_type':'os-stop'}");
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private JsonObject list(String query) {
        return server.get(
                "GET", "/workspace-sub-jobs?" + query.replace("{job}", job).replace("{pool}", pool), null);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 4, 4",
        "job_id={job}, 3, 3",
        "job_type=createDesktopPool, 3, 3",
        "job_type=operateDesktops, 1, 1",
        "job_type=nonsense, 0, 0",
        "status=WAITING, 3, 3",
        "status=success, 1, 1",
        "status=RUNNING, 0, 0",
        "desktop_pool_id={pool}, 3, 3",
        "desktop_pool_id=nonsense, 0, 0",
        "job_id=nonsense, 0, 0",
        "status=WAITING&job_type=createDesktopPool&job_id={job}&desktop_pool_id={pool}, 3, 3",
        "status=SUCCESS&job_id={job}, 0, 0",
        "limit=2, 4, 2",
        "limit=2&offset=3, 4, 1",
        "limit=0, 4, 0",
        "offset=9, 4, 0",
    })
    void findsByEachFilterAloneAndTogether(String query, int total, int rows) {
        JsonObject page = list(query);
        assertThat(page.getInteger("total_count")).isEqualTo(total);
        assertThat(page.getJsonArray("jobs")).hasSize(rows);
    }

    @Test
    void theNewestComeFirst() {
        assertThat(list("limit=1").getJsonArray("jobs").getJsonObject(0).getString("job_type"))
                .isEqualTo("operateDesktops");
        assertThat(DesktopServer.all(list("job_id={job}").getJsonArray("jobs")))
                .extracting(each -> each.getJsonObject("entities").getString("desktop_name"))
                .containsExactly("p03", "p02", "p01");
    }

    @Test
    void onlyEndedSubJobsAreForgotten() {
        String open = list("job_id={job}").getJsonArray("jobs").getJsonObject(0).getString("id");
        String ended =
                list("status=SUCCESS").getJsonArray("jobs").getJsonObject(0).getString("id");
        String both = "{'job_ids':['" + open + "','" + ended + "']}";
        assertThat(delete(both).status()).isEqualTo(409);
        assertThat(list("").getInteger("total_count")).as("all or none").isEqualTo(4);
        assertThat(delete("{'job_ids':['" + UUID.randomUUID() + "']}").status()).isEqualTo(404);
        assertThat(delete("{}").status()).isEqualTo(400);
        assertThat(delete("{'delete_by_status':'WAITING'}").status()).isEqualTo(400);
        assertThat(delete("{'job_ids':['" + ended + "'],'delete_by_status':'SUCCESS'}")
                        .status())
                .isEqualTo(400);
        assertThat(delete("{'job_ids':['" + ended + "']}").json()).isEqualTo(new JsonObject());
        assertThat(list("").getInteger("total_count")).isEqualTo(3);
        assertThat(delete("{'delete_by_status':'success'}").status()).isEqualTo(200);
        assertThat(list("").getInteger("total_count")).isEqualTo(3);
    }

    @Test
    void aJobsEndKnowsAllOfItsPieces() {
        server.fixture.execute("UPDATE sub_jobs SET deadline = '2026-11-21T12:01:00Z' WHERE desktop_name = 'p01'");
        server.now = server.now.plusSeconds(60);
        server.sweep();
        String failed =
                list("status=FAILED").getJsonArray("jobs").getJsonObject(0).getString("id");
        assertThat(delete("{'job_ids':['" + failed + "']}").status()).isEqualTo(409);
        assertThat(delete("{'delete_by_status':'FAILED'}").status()).isEqualTo(200);
        assertThat(list("status=FAILED").getInteger("total_count")).isEqualTo(1);
        server.now = server.now.plusSeconds(1_000_000_000);
        server.sweep();
        assertThat(server.job(job).getString("status")).isEqualTo("FAIL");
        assertThat(delete("{'delete_by_status':'FAILED'}").status()).isEqualTo(200);
        assertThat(list("status=FAILED").getInteger("total_count")).isZero();
    }

    @Test
    void aDesktopIsNotDeletedWithoutItsSubJob() {
        UUID desktop = server.fixture.desktop(PROJECT, null, "one");
        server.fixture.execute(
                "ALTER TABLE sub_jobs ADD CONSTRAINT no_success CHECK (job_type <> 'deleteDesktops' OR status <> 'SUCCESS')");
        assertThat(server.call("POST", "/desktops/batch-delete", "{'desktop_ids':['" + desktop + "']}")
                        .status())
                .isEqualTo(500);
        assertThat(server.call("GET", "/desktops/" + desktop, null).status()).isEqualTo(200);
    }

    private DesktopServer.Answer delete(String body) {
        return server.call("POST", "/workspace-sub-jobs/batch-delete", body);
    }

    @Test
    void aBatchDeletionIsAJob() {
        UUID one = server.fixture.desktop(PROJECT, null, "one");
        UUID two = server.fixture.desktop(PROJECT, null, "two");
        UUID foreign = server.fixture.desktop(OTHER_PROJECT, null, "theirs");
        DesktopServer.Answer answer = server.call(
                "POST", "/desktops/batch-delete", "{'desktop_ids':['" + one + "','" + foreign + "','" + two + "']}");
        assertThat(answer.status()).isEqualTo(202);
        JsonObject shown = server.job(answer.json().getString("job_id"));
        assertThat(shown.getString("job_type")).isEqualTo("deleteDesktops");
        assertThat(shown.getString("status")).isEqualTo("FAIL");
        assertThat(shown.getString("job_error_code")).isEqualTo("WKS.00211902");
        assertThat(DesktopServer.all(shown.getJsonArray("sub_jobs")))
                .extracting(subJob -> subJob.getString("status"))
                .containsExactly("SUCCESS", "FAILED", "SUCCESS");
        for (UUID gone : List.of(one, two)) {
            assertThat(server.call("GET", "/desktops/" + gone, null).status()).isEqualTo(404);
        }
        assertThat(server.call("POST", "/desktops/batch-delete", "{'desktop_ids':['" + foreign + "']}")
                        .status())
                .isEqualTo(404);
        assertThat(server.call("POST", "/desktops/batch-delete", "{'desktop_ids':[]}")
                        .status())
                .isEqualTo(400);
        assertThat(server.fixture.count(
                        "SELECT count(*) FROM desktops WHERE project_id = $1 AND deleted_at IS NULL", OTHER_PROJECT))
                .isEqualTo(1);
    }

    @Test
    void jobsOfOthersAreNotThere() {
        server.fixture.execute("UPDATE jobs SET project_id = $1", OTHER_PROJECT);
        server.fixture.execute("UPDATE sub_jobs SET project_id = $1", OTHER_PROJECT);
        assertThat(server.call("GET", "/workspace-jobs/" + job, null).status()).isEqualTo(404);
        assertThat(list("job_id={job}").getInteger("total_count")).isZero();
    }
}
