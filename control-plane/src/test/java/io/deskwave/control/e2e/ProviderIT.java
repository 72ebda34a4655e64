package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The sample provider on real parts: its "machines" are agents on this one, which it starts. What it does here is written into
 * its provider.conf, as an operator would.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ProviderIT {
    private static final Path SAMPLE =
            Path.of("..", "scripts", "samples", "provider").toAbsolutePath().normalize();

    private static Path folder = Path.of("unset");
    private static Installation installation;
    private static Installation died;
    private static String taskOfTheDied = "";

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("deskwave-provider-");
        Path provider = Files.copy(SAMPLE, folder.resolve("provider"), StandardCopyOption.COPY_ATTRIBUTES);
        String agent = String.join(" ", Installation.agentProgram(List.of())) + " run --power simulate"
                + " --simulate-power-seconds 1 --name new-image";
        Files.writeString(
                folder.resolve("provider.conf"),
                """
                boot() {
                    [ -z "$token" ] || export DESKWAVE_ENROLLMENT_TOKEN="$token"
                    setsid %1$s --home "$1" </dev/null >"$1.out" 2>"$1.err" &
                    echo $! >>%2$s/pids
                }
                rebuild_desktop() {
                    boot "%2$s/$desktop_id"
                    echo "the new image boots"
                    return 10
                }
                start_desktop() {
                    [ -e "%2$s/home-of-$desktop_id" ] || return 20
                    boot "$(cat "%2$s/home-of-$desktop_id")"
                    echo "powered on"
                }
                create_snapshot() {
                    if [ -e "%2$s/hangs-for-$desktop_id" ]; then
                        echo "$action_id" >>"%2$s/calls"
                        sleep 120 &
                        echo $! >>"%2$s/pids"
                        wait
                    fi
                    [ -e "%2$s/makes-snapshots" ] || return 20
                    echo "vm snapshot of $desktop_id"
                }
                """
                        .formatted(agent, folder));
        installation = new Installation(false, Map.of("DESKWAVE_PROVIDER", provider.toString()));
        dieWhileTheProviderIsAsked();
    }

    /** The other tests run until nobody has to wait any more for what it asked. */
    private static void dieWhileTheProviderIsAsked() throws IOException {
        died = new Installation(
                false, Map.of("DESKWAVE_PROVIDER", folder.resolve("provider").toString()));
        died.startAgent("desk-6");
        Files.createFile(folder.resolve("hangs-for-" + died.id("desk-6")));
        taskOfTheDied = schedule(died, "CREATE_SNAPSHOT", "desk-6", 1);
        Eventually.holds(30, () -> Files.exists(folder.resolve("calls")), () -> died.controlPlane()
                .err());
        died.controlPlane().kill();
        died.restartControlPlane();
    }

    @AfterAll
    static void stop() throws IOException {
        try {
            died.close();
            installation.close();
        } finally {
            if (Files.exists(folder.resolve("pids"))) {
                for (String pid : Files.readAllLines(folder.resolve("pids"))) {
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroy);
                }
            }
        }
    }

    /** A task that fires in five seconds; the job that it makes. */
    private static JsonObject fire(Installation where, String type, String desktop) {
        return awaitFired(where, schedule(where, type, desktop, 2));
    }

    private static String schedule(Installation where, String type, String desktop, int minutes) {
        LocalDateTime at = LocalDateTime.now(ZoneOffset.UTC).plusSeconds(5);
        return where.call(
                        "POST",
                        "/scheduled-tasks",
                        new JsonObject()
                                .put("task_name", type.toLowerCase(Locale.ROOT) + "-of-" + desktop)
                                .put("task_type", type)
                                .put("scheduled_type", "FIXED_TIME")
                                .put("scheduled_date", at.toLocalDate().toString())
                                .put(
                                        "scheduled_time",
                                        DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT)
                                                .format(at))
                                .put("time_zone", "UTC")
                                .put("extra_params", "{\"timeout_minutes\": " + minutes + "}")
                                .put(
                                        "apply_objects",
                                        new JsonArray()
                                                .add(new JsonObject()
                                                        .put("object_type", "DESKTOP")
                                                        .put("object_id", where.id(desktop)))))
                .getString("task_id");
    }

    private static JsonObject awaitFired(Installation where, String task) {
        JsonObject record = Eventually.get(
                150,
                () -> {
                    JsonArray records = where.call("GET", "/scheduled-tasks/" + task + "/records?limit=10", null)
                            .getJsonArray("tasks_records");
                    return records.isEmpty() || records.getJsonObject(0).getString("end_time") == null
                            ? null
                            : records.getJsonObject(0);
                },
                () -> where.call("GET", "/scheduled-tasks/" + task + "/records?limit=10", null)
                                .encodePrettily()
                        + where.controlPlane().err());
        return where.call("GET", "/workspace-jobs/" + record.getString("job_id"), null);
    }

    private static String result(JsonObject job) {
        JsonObject subJob = job.getJsonArray("sub_jobs").getJsonObject(0);
        return subJob.getString("status") + " " + subJob.getString("success_result", subJob.getString("fail_reason"));
    }

    private static JsonObject desktop(String name) {
        return installation
                .call("GET", "/desktops/" + installation.id(name), null)
                .getJsonObject("desktop");
    }

    @Test
    void aRebuiltDesktopIsTheSameDesktopWithAnotherMachine() {
        installation.startAgent("desk-1");
        String id = installation.id("desk-1");
        String task = installation.run("sleep 25", new JsonObject(), "desk-1");
        assertThat(installation.awaitRecord(task, "RUNNING", 30)).isNotNull();

        assertThat(result(fire(installation, "REBUILD", "desk-1")))
                .isEqualTo("SUCCESS the desktop enrolled with its new image and came online");

        JsonObject desktop = desktop("desk-1");
        assertThat(desktop.getString("computer_name")).isEqualTo("desk-1");
        assertThat(desktop.getBoolean("connected")).isTrue();
        assertThat(folder.resolve(id).resolve("identity.json")).exists();
        JsonObject ended = installation.awaitTask(task, 60);
        assertThat(ended.getString("status"))
                .as("what the old machine ran hangs nowhere")
                .isEqualTo("FAILED");
        assertThat(installation.record(task).getString("result_code")).isEqualTo("INTERRUPTED");

        String after = installation.run("echo from-the-new-image", new JsonObject(), "desk-1");
        assertThat(installation.awaitTask(after, 60).getString("status")).isEqualTo("SUCCESS");
        assertThat(installation.agent("desk-1").out().lines().filter(line -> line.startsWith("connected")))
                .as("the old machine is out")
                .hasSize(1);
        installation.agent("desk-1").awaitEnd(60);
        assertThat(installation.agent("desk-1").exitCode()).isEqualTo(3);
        assertThat(installation.agent("desk-1").err()).contains("this desktop was rebuilt");
        assertThat(installation.controlPlane().err())
                .as("no token is in the log: looked for by the beginning that all have")
                .doesNotContain(
                        installation.bootstrap.getString("enrollment_token").substring(0, 16));
    }

    @Test
    void aSnapshotIsTheProvidersOrElseTheAgents() throws IOException {
        installation.startAgent("desk-2");
        String byAgent = result(fire(installation, "CREATE_SNAPSHOT", "desk-2"));
        assertThat(byAgent).startsWith("SUCCESS the agent made it: simulated snapshot deskwave-");
        assertThat(Files.readString(installation.home("desk-2").resolve("simulated-snapshot.json")))
                .contains(byAgent.substring(byAgent.lastIndexOf(' ') + 1));
        Files.createFile(folder.resolve("makes-snapshots"));
        assertThat(result(fire(installation, "CREATE_SNAPSHOT", "desk-2")))
                .isEqualTo("SUCCESS the provider made the snapshot: vm snapshot of " + installation.id("desk-2"));
    }

    @Test
    void aStoppedDesktopIsStartedByTheProvider() throws IOException {
        installation.startAgent("desk-3");
        Files.writeString(
                folder.resolve("home-of-" + installation.id("desk-3")),
                installation.home("desk-3").toString());
        installation.agent("desk-3").signal("TERM");
        installation.agent("desk-3").awaitEnd(30);
        Eventually.holds(30, () -> !desktop("desk-3").getBoolean("connected"), () -> "still connected");
        assertThat(result(fire(installation, "START", "desk-3"))).isEqualTo("SUCCESS the desktop came online");
    }

    @Test
    void anExecutionHasItsDesktopStartedByTheProvider() throws IOException {
        installation.startAgent("desk-5");
        Files.writeString(
                folder.resolve("home-of-" + installation.id("desk-5")),
                installation.home("desk-5").toString());
        installation.agent("desk-5").signal("TERM");
        installation.agent("desk-5").awaitEnd(30);
        Eventually.holds(30, () -> !desktop("desk-5").getBoolean("connected"), () -> "still connected");
        String task = installation.run("echo awake", new JsonObject().put("pre_start", "start"), "desk-5");
        assertThat(installation.awaitTask(task, 60).getString("status")).isEqualTo("SUCCESS");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void whatANodeAskedThatDiedIsNeverAskedAgain() throws IOException {
        assertThat(result(awaitFired(died, taskOfTheDied)))
                .isEqualTo(
                        "FAILED the provider was asked, and the node that asked it ended before the answer came: nobody"
                                + " knows what the provider did");
        assertThat(Files.readAllLines(folder.resolve("calls"))).hasSize(1);
    }

    @Test
    void withoutAProviderARebuildSaysWhatToConfigureAndABadOneStopsTheStart() {
        try (var alone = new Installation()) {
            alone.startAgent("desk-4");
            assertThat(result(fire(alone, "REBUILD", "desk-4")))
                    .startsWith("FAILED a desktop cannot rebuild itself, and no provider is configured")
                    .contains("--provider");
            assertThat(result(fire(alone, "CREATE_SNAPSHOT", "desk-4"))).startsWith("SUCCESS the agent made it");
            for (String bad : List.of(
                    "/no/such/file",
                    folder.toString(),
                    folder.resolve("provider.conf").toString())) {
                Program serve = alone.command(
                        "serve",
                        "--port",
                        "0",
                        "--data-dir",
                        alone.home("other").toString(),
                        "--provider",
                        bad);
                assertThat(serve.exitCode()).isEqualTo(1);
                assertThat(serve.err()).contains("deskwave: the file " + bad + " of --provider ");
            }
        }
    }
}
