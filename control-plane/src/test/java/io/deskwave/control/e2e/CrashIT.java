package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Whatever is killed in mid-run, the script ran once, its output is whole, and the record says so. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CrashIT {
    private static final String LINES =
            IntStream.rangeClosed(1, 40).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());

    private static Installation frozen;
    private static String frozenTask = "";

    private Installation installation;

    /** It is silent while the first tests run: it takes its time until its session ends, and less than its record has. */
    @BeforeAll
    static void freeze() {
        frozen = new Installation();
        frozen.startAgent("desk");
        frozenTask = startScript(frozen);
        frozen.agent("desk").signal("STOP");
    }

    @AfterAll
    static void stopWhatWasFrozen() {
        frozen.close();
    }

    @BeforeEach
    void start() {
        installation = new Installation();
        installation.startAgent("desk");
    }

    @AfterEach
    void stop() {
        installation.close();
    }

    private static Path starts(Installation at) {
        return at.folder.resolve("starts");
    }

    private String startScript() {
        return startScript(installation);
    }

    private static String startScript(Installation at) {
        String task = at.run(
                "echo start >> " + starts(at)
                        + "; i=1; while [ $i -le 40 ]; do echo line $i; i=$((i+1)); sleep 0.2; done",
                new JsonObject(),
                "desk");
        at.awaitRecord(task, "RUNNING", 30);
        return task;
    }

    private void ranOnceAndWhole(String task) throws IOException {
        ranOnceAndWhole(installation, task);
    }

    private static void ranOnceAndWhole(Installation at, String task) throws IOException {
        assertThat(at.awaitTask(task, 60).getString("status")).isEqualTo("SUCCESS");
        assertThat(Files.readAllLines(starts(at))).hasSize(1);
        assertThat(at.detail(at.record(task).getString("id")).getString("output"))
                .isEqualTo(LINES);
    }

    @Test
    @Order(1)
    void theAgentIsKilled() throws IOException {
        String task = startScript();
        installation.agent("desk").kill();
        installation.startAgent("desk");
        ranOnceAndWhole(task);
    }

    @Test
    @Order(2)
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
    @Order(3)
    void theAgentIsFrozenAndWakesUp() throws IOException {
        Eventually.holds(
                90,
                () -> frozen.call("GET", "/desktops/" + frozen.id("desk"), null)
                        .getJsonObject("desktop")
                        .getString("status")
                        .equals("SHUTOFF"),
                () -> "the silent session did not end");
        assertThat(frozen.record(frozenTask).getString("status")).isEqualTo("RUNNING");
        frozen.agent("desk").signal("CONT");
        ranOnceAndWhole(frozen, frozenTask);
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
