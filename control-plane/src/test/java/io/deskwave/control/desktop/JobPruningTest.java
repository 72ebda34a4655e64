package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.DesktopServer.Answer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What retention does with jobs. */
final class JobPruningTest {
    private final DesktopServer server = new DesktopServer();
    private final JobPruning pruning = new JobPruning(server.database);

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    @Test
    void anOldEndedJobGoesWithItsPiecesAndTheTokensOfItsPlaces() {
        String places = made("old", 3);
        String open = made("open", 2);
        server.sweep();
        assertThat(prune(Duration.ZERO)).as("nothing has ended").isZero();
        expirePlacesOf(places);
        assertThat(prune(Duration.ofDays(1))).as("nothing is old").isZero();

        assertThat(prune(Duration.ofSeconds(-1))).as("a job and its pieces").isEqualTo(1 + 3);

        assertThat(status(places)).isEqualTo(404);
        assertThat(status(open)).isEqualTo(200);
        assertThat(server.subJobs(open)).hasSize(2);
        assertThat(count("enrollment_tokens")).isEqualTo(2);
        assertThat(prune(Duration.ofSeconds(-1))).isZero();
    }

    @Test
    void aLargeJobGoesAloneAndInPortions() {
        String large = made("large", 5);
        expirePlacesOf(large);
        server.now = server.now.plusSeconds(1);
        String small = made("small", 1);
        expirePlacesOf(small);
        var portions = new JobPruning(server.database, 2);
        Instant before = server.now.plusSeconds(1);

        assertThat(await(portions.step(before))).isEqualTo(2);
        assertThat(status(large)).isEqualTo(200);
        assertThat(await(portions.step(before))).isEqualTo(2);
        assertThat(count("enrollment_tokens")).isEqualTo(2);
        assertThat(await(portions.step(before)))
                .as("the rest of it with another, and both jobs")
                .isEqualTo(2 + 2);
        assertThat(status(large)).isEqualTo(404);
        assertThat(status(small)).isEqualTo(404);
        assertThat(await(portions.step(before))).isZero();
        assertThat(count("sub_jobs") + count("enrollment_tokens")).isZero();
    }

    @Test
    void aDeletedPieceTakesTheTokenOfItsPlaceWithIt() {
        String places = made("old", 3);
        expirePlacesOf(places);
        assertThat(count("enrollment_tokens")).isEqualTo(3);

        server.get("POST", "/workspace-sub-jobs/batch-delete", "{'delete_by_status':'FAILED'}");

        assertThat(count("sub_jobs")).isZero();
        assertThat(count("enrollment_tokens")).isZero();
        assertThat(prune(Duration.ofSeconds(-1))).isEqualTo(1);
    }

    private String made(String pool, int size) {
        JsonObject made =
                server.get("POST", "/desktop-pools", "{'name':'" + pool + "','type':'STATIC','size':" + size + "}");
        return made.getString("job_id");
    }

    private void expirePlacesOf(String job) {
        await(server.database
                .client()
                .query("UPDATE sub_jobs SET deadline = '2000-01-01T00:00:00Z' WHERE job_id = '" + job + "'")
                .execute());
        server.sweep();
    }

    private int prune(Duration age) {
        Instant before = server.now.minus(age);
        return await(pruning.step(before));
    }

    private int status(String job) {
        Answer answer = server.call("GET", "/workspace-jobs/" + job, null);
        return answer.status();
    }

    private long count(String table) {
        return await(server.database
                        .client()
                        .query("SELECT count(*) FROM " + table)
                        .execute())
                .iterator()
                .next()
                .getLong(0);
    }
}
