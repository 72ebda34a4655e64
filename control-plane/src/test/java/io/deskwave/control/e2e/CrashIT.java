package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever is killed in mid-run, the script ran once, its output is whole, and the record says so. */
final class CrashIT {
    private static final String LINES =
            IntStream.rangeClosed(1, 40).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());

    private Installation installation;
    private Path starts;

    @BeforeEach
    void start() {
        installation = new Installation();
        installation.startAgent("desk");
        starts = installation.folder.resolve("starts");
    }

    @AfterEach
    void stop() {
        installation.close();
    }

    private String startScript() {
        String task = installation.run(
                "echo start >> " + starts + "; i=1; while [ $i -le 40 ]; do echo line $i; i=$((i+1)); sleep 0.2; done",
                new JsonObject(),
                "desk");
        installation.awaitRecord(task, "RUNNING", 30);
        return task;
    }

    private void ranOnceAndWhole(String task) throws IOException {
        assertThat(installation.awaitTask(task, 60).getString("status")).isEqualTo("SUCCESS");
        assertThat(Files.readAllLines(starts)).hasSize(1);
        assertThat(installation
                        .detail(installation.record(task).getString("id"))
                        .getString("output"))
                .isEqualTo(LINES);
    }

    @Test
    void theAgentIsKilled() throws IOException {
        String task = startScript();
        installation.agent("desk").kill();
        installation.startAgent("desk");
        ranOnceAndWhole(task);
    }

    @Test
    void theControlPlaneIsKilledWithItsDatabase() throws IOException {
        String task = startScript();
        installation.controlPlane().kill();
        installation.restartControlPlane();
        ranOnceAndWhole(task);
    }

    @Test
    void bothAreKilled() throws IOException {
        String task = startScript();
        installation.controlPlane().kill();
        installation.agent("desk").kill();
        installation.restartControlPlane();
        installation.startAgent("desk");
        ranOnceAndWhole(task);
    }

    @Test
    void theAgentIsFrozenAndWakesUp() throws IOException {
        String task = startScript();
        installation.agent("desk").signal("STOP");
        Eventually.holds(
                90,
                () -> installation
                        .call("GET", "/desktops/" + installation.id("desk"), null)
                        .getJsonObject("desktop")
                        .getString("status")
                        .equals("SHUTOFF"),
                () -> "the silent session did not end");
        installation.agent("desk").signal("CONT");
        ranOnceAndWhole(task);
    }

    @Test
    void aSecondProcessWithTheSameIdentityIsRefused() throws IOException {
        Path copy = installation.folder.resolve("copy");
        Files.createDirectory(copy);
        Files.copy(installation.home("desk").resolve("identity.json"), copy.resolve("identity.json"));
        Program second = installation.startAgentOn("desk", copy);
        Eventually.holds(
                40,
                () -> second.err().contains("ALREADY_CONNECTED") || second.err().contains("another process"),
                second::err);
        assertThat(second.out()).doesNotContain("connected");
        String task = startScript();
        ranOnceAndWhole(task);
        installation.agent("desk").kill();
        assertThat(second.awaitLine("connected ")).isEqualTo(installation.id("desk"));
    }

    @Test
    void everythingEndsSoonAndInOrderWhenAsked() {
        String task = startScript();
        assertThat(installation.agent("desk").terminate()).isLessThan(10_000);
        assertThat(installation.agent("desk").exitCode()).isZero();
        assertThat(installation.controlPlane().terminate()).isLessThan(15_000);
        assertThat(installation.controlPlane().exitCode()).isZero();
        installation.restartControlPlane();
        installation.startAgent("desk");
        assertThat(installation.awaitTask(task, 60).getString("status")).isEqualTo("SUCCESS");
    }
}
