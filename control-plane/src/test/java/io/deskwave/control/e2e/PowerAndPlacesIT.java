package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Power actions and places on real parts: two agents that act their machines' power. */
final class PowerAndPlacesIT {
    private static Installation installation;

    @BeforeAll
    static void start() {
        installation = new Installation();
        installation.startAgent("desk-1");
        installation.startAgent("desk-2");
    }

    @AfterAll
    static void stop() {
        installation.close();
    }

    private static JsonObject act(String opType, String... names) {
        var ids = new JsonArray();
        Stream.of(names).forEach(name -> ids.add(installation.id(name)));
        return installation.call(
                "POST",
                "/desktops/action",
                new JsonObject().put("desktop_ids", ids).put("op_type", opType));
    }

    private static JsonObject job(String id) {
        return installation.call("GET", "/workspace-jobs/" + id, null);
    }

    private static JsonObject awaitJob(String id) {
        return Eventually.get(
                60,
                () -> {
                    JsonObject job = job(id);
                    return job.getString("end_time") == null ? null : job;
                },
                () -> job(id).encodePrettily()
                        + installation.controlPlane().err()
                        + installation.agent("desk-1").err());
    }

    private static List<String> results(JsonObject job) {
        return job.getJsonArray("sub_jobs").stream()
                .map(JsonObject.class::cast)
                .map(subJob -> subJob.getString("status") + " "
                        + subJob.getString("success_result", subJob.getString("fail_reason")))
                .toList();
    }

    private static JsonObject desktop(String name) {
        return installation
                .call("GET", "/desktops/" + installation.id(name), null)
                .getJsonObject("desktop");
    }

    private static void awaitOnline(String name) {
        Eventually.holds(30, () -> desktop(name).getBoolean("connected"), () -> name + " is not back");
    }

    @Test
    void aRebootAStopAndAHibernationOfTwoAreProven() {
        String before = desktop("desk-1").getString("boot_id");
        JsonObject rebooted = awaitJob(act("reboot", "desk-1", "desk-2").getString("job_id"));
        assertThat(results(rebooted)).hasSize(2).containsOnly("SUCCESS the desktop came back with another boot id");
        String after = desktop("desk-1").getString("boot_id");
        assertThat(after).isNotEqualTo(before);

        awaitOnline("desk-2");
        JsonObject stopped = awaitJob(act("os-stop", "desk-1", "desk-2").getString("job_id"));
        assertThat(results(stopped)).hasSize(2).allMatch(result -> result.startsWith("SUCCESS "));
        awaitOnline("desk-1");
        awaitOnline("desk-2");

        String boot = desktop("desk-1").getString("boot_id");
        JsonObject hibernated = awaitJob(act("os-hibernate", "desk-1", "desk-2").getString("job_id"));
        assertThat(results(hibernated))
                .hasSize(2)
                .containsOnly("SUCCESS the agent took the order, and then its session ended");
        awaitOnline("desk-1");
        awaitOnline("desk-2");
        assertThat(desktop("desk-1").getString("boot_id"))
                .as("it went on in the same boot, and did not do it again")
                .isEqualTo(boot);
    }

    @Test
    void usersAreToldAndGivenTimeAlsoByAnAgentThatIsKilledMeanwhile() {
        String boot = desktop("desk-1").getString("boot_id");
        String job = installation
                .call(
                        "POST",
                        "/desktops/action",
                        new JsonObject()
                                .put("desktop_ids", new JsonArray().add(installation.id("desk-1")))
                                .put("op_type", "reboot")
                                .put("notify_message", "Updates, $(rm -rf /) & \"more\":\nsave your work")
                                .put("notify_seconds", 8))
                .getString("job_id");
        var notice = installation.home("desk-1").resolve("simulated-notice.json");
        Eventually.holds(20, () -> Files.exists(notice), () -> installation
                .agent("desk-1")
                .err());
        Eventually.holds(20, () -> job(job).getString("status").equals("RUNNING"), () -> job(job).encodePrettily());
        assertThat(job(job).getString("end_time")).isNull();
        installation.agent("desk-1").kill();
        installation.startAgent("desk-1");
        assertThat(desktop("desk-1").getString("boot_id"))
                .as("not before the time is over")
                .isEqualTo(boot);
        assertThat(results(awaitJob(job))).containsExactly("SUCCESS the desktop came back with another boot id");
        awaitOnline("desk-1");
        assertThat(installation.agent("desk-1").err().split("REBOOT now", -1))
                .as("once")
                .hasSize(2);
        assertThat(new JsonObject(read(notice)).getString("message"))
                .isEqualTo("Updates, $(rm -rf /) & \"more\":\nsave your work");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPlaceIsTakenByARealEnrollmentAndAStartWaitsForAHello() {
        JsonObject reserved = installation.call(
                "POST",
                "/desktops",
                new JsonObject().put("desktop_type", "DEDICATED").put("size", 1).put("desktop_name", "reserved"));
        String token = reserved.getJsonArray("places").getJsonObject(0).getString("enrollment_token");
        String id = installation.startAgent("other-name", token);
        JsonObject job = awaitJob(reserved.getString("job_id"));
        assertThat(job.getString("status")).isEqualTo("SUCCESS");
        assertThat(job.getJsonArray("sub_jobs")
                        .getJsonObject(0)
                        .getJsonObject("entities")
                        .getString("desktop_id"))
                .isEqualTo(id);
        assertThat(desktop("other-name").getString("computer_name")).isEqualTo("reserved");

        installation.agent("other-name").signal("TERM");
        installation.agent("other-name").awaitEnd(30);
        Eventually.holds(30, () -> !desktop("other-name").getBoolean("connected"), () -> "still connected");
        String start = act("os-start", "other-name").getString("job_id");
        assertThat(job(start).getString("status")).isEqualTo("WAITING");
        assertThat(desktop("other-name").getString("task_status")).isEqualTo("powering-on");
        installation.startAgent("other-name");
        assertThat(results(awaitJob(start))).containsExactly("SUCCESS the desktop came online");
    }
}
