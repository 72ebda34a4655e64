package io.deskwave.control.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The agent that scripts/agent-image makes does what the one on a whole JDK does. */
@TestInstance(Lifecycle.PER_CLASS)
final class AgentImageIT {
    private final Installation installation = new Installation();
    private final Path image = installation.folder.resolve("made/an image");
    private final Path link = installation.folder.resolve("deskwave-agent");

    @BeforeAll
    void makeTheImage() throws Exception {
        Path jdk = Path.of(System.getProperty("java.home"));
        assumeTrue(Files.isExecutable(jdk.resolve("bin/jlink")) && Files.isDirectory(jdk.resolve("jmods")), "no jlink");
        Files.createDirectory(image.getParent());
        Path log = installation.folder.resolve("agent-image.log");
        Path script = Path.of("..", "scripts", "agent-image").toAbsolutePath().normalize();
        var builder = new ProcessBuilder(script.toString(), image.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        Process making = builder.start();
        assertThat(making.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(making.exitValue()).as(Files.readString(log)).isZero();
        Files.createSymbolicLink(link, Path.of("made/an image/bin/deskwave-agent"));
        installation.startAgent("desk-image", List.of(link.toString()));
        installation.startAgent("desk-plain");
    }

    @AfterAll
    void close() {
        installation.close();
    }

    @Test
    void runsAScriptAndReturnsItsOutput() {
        String task = installation.run("echo out; echo err >&2; exit 0", new JsonObject(), "desk-image");
        assertThat(installation.awaitTask(task, 30).getString("status")).isEqualTo("SUCCESS");
        String record = installation.record(task).getString("id");
        assertThat(new String(installation.raw(record, "stdout"), UTF_8)).isEqualTo("out\n");
        assertThat(new String(installation.raw(record, "stderr"), UTF_8)).isEqualTo("err\n");
    }

    @Test
    void endsWhatIsStopped() {
        String task = installation.run("sleep 7361 & sleep 7361", new JsonObject(), "desk-image");
        JsonObject running = installation.awaitRecord(task, "RUNNING", 20);
        assertThat(running.getString("end_time")).isNull();
        JsonObject stopped =
                installation.call("POST", "/script-executions/stop", new JsonObject().put("task_id", task));
        assertThat(stopped).isNotNull();
        JsonObject record = installation.awaitRecord(task, "FAILED", 30);
        assertThat(record.getString("result_code")).isEqualTo("STOPPED");
    }

    @Test
    void knowsAsMuchAboutItsMachine() {
        JsonObject host = hostOf("desk-image");
        assertThat(host).isEqualTo(hostOf("desk-plain"));
        assertThat(host.getJsonObject("cpu").getString("model")).isNotBlank();
        assertThat(host.getLong("memory_bytes")).isPositive();
    }

    /** Once OSHI has looked; who is logged on may change in between, and a boot's time is told from the clock. */
    private JsonObject hostOf(String name) {
        JsonObject host = Eventually.get(
                30,
                () -> {
                    JsonObject found = installation
                            .call("GET", "/desktops/" + installation.id(name), null)
                            .getJsonObject("desktop")
                            .getJsonObject("host");
                    return found.getLong("memory_bytes") > 0 ? found : null;
                },
                () -> "the machine was not looked at");
        Object users = host.remove("users");
        Object bootTime = host.remove("boot_time");
        assertThat(users).isNotNull();
        assertThat(bootTime).isNotNull();
        return host;
    }

    @Test
    void passesItsArgumentsAndExitCodesOn() {
        Program wrong = Program.start(
                installation.folder,
                "wrong",
                List.of(link.toString()),
                Map.of(),
                "run",
                "--home",
                "",
                "--no-such-flag");
        wrong.awaitEnd(20);
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("--no-such-flag");
    }

    @Test
    void endsWithZeroWhenItIsAskedTo() {
        installation.startAgent("desk-other", List.of(link.toString()));
        long millis = installation.agent("desk-other").terminate();
        assertThat(millis).isLessThan(5000);
        assertThat(installation.agent("desk-other").exitCode()).isZero();
    }

    @Test
    void worksWithoutItsArchive() throws Exception {
        Path elsewhere = installation.folder.resolve("elsewhere");
        int copied = new ProcessBuilder("cp", "-r", image.toString(), elsewhere.toString())
                .start()
                .waitFor();
        assertThat(copied).isZero();
        installation.startAgent(
                "desk-moved", List.of(elsewhere.resolve("bin/deskwave-agent").toString()));
        assertThat(installation.agent("desk-moved").out())
                .startsWith("connected ")
                .hasLineCount(1);
        int made = new ProcessBuilder(
                        elsewhere.resolve("bin/deskwave-agent-archive").toString())
                .start()
                .waitFor();
        assertThat(made).isZero();
    }
}
