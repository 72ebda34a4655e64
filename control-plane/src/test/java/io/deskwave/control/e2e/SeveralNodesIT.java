package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two nodes on one PostgreSQL: what is asked of one holds on the other, and either may die. */
final class SeveralNodesIT {
    private static final int A = 0;
    private static final int B = 1;
    private static final int SECONDS = 60;

    /** A node looks for work by itself every two seconds. */
    private static final long SOONER_THAN_A_LOOK_MILLIS = 700;

    private static Cluster cluster;
    private static Caller atA;
    private static Caller atB;

    @BeforeAll
    static void start() {
        cluster = new Cluster(2);
        atA = cluster.caller(A);
        atB = cluster.caller(B);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void aNodeIsKilledAndWhatRanEndsWholeAndOnceAndIsSeenWithoutAGap() throws IOException {
        cluster.startAgents(20);
        var names = IntStream.rangeClosed(1, 20).mapToObj(i -> "desk-" + i).toList();
        var ids = names.stream().map(cluster::id).toList();
        assertThat(cluster.sql("SELECT count(*) FROM desktops WHERE computer_name LIKE 'desk-%' GROUP BY node_id"))
                .hasSize(2)
                .allSatisfy(count -> assertThat(Integer.parseInt(count)).isBetween(5, 15));
        Path starts = cluster.folder.resolve("starts");
        String task = atA.run(Lines.script(starts, SECONDS), 5, ids);
        Watcher viewer = atB.watch(task);
        atB.awaitRecords(task, "RUNNING", 30);
        Eventually.holds(
                40,
                () -> viewer.events.toString().contains("line 15"),
                () -> "nothing is seen of what runs: " + viewer.events);
        cluster.node(A).kill();
        viewer.awaitEnd(SECONDS + 60);
        List<JsonObject> records = atB.records(task);
        assertThat(records).hasSize(20).allSatisfy(record -> {
            String id = record.getString("id");
            assertThat(record.getString("status")).as(record.encode()).isEqualTo("SUCCESS");
            assertThat(record.getInteger("attempt")).isEqualTo(1);
            assertThat(atB.output(id)).isEqualTo(Lines.printed(SECONDS));
            assertThat(viewer.text(id, "stdout")).isEqualTo(Lines.printed(SECONDS));
        });
        assertThat(Files.readAllLines(starts)).hasSize(20).doesNotHaveDuplicates();
        cluster.startNode(A);
    }

    @Test
    void aTaskMadeAtOneNodeRunsAtOnceOnTheDesktopsOfTheOther() {
        List<String> desktop = List.of(cluster.startAgentAt(B, "rung"));
        runAndAwait(desktop);
        long soon = IntStream.range(0, 10)
                .mapToLong(i -> runAndAwait(desktop))
                .filter(millis -> millis < SOONER_THAN_A_LOOK_MILLIS)
                .count();
        assertThat(soon).isGreaterThanOrEqualTo(8);
    }

    private static long runAndAwait(List<String> desktop) {
        long from = System.nanoTime();
        String task = atA.run("true", 1, desktop);
        atA.awaitRecords(task, "SUCCESS", 20);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
    }

    @Test
    void aStopAskedAtOneNodeEndsWhatRunsAtTheOther() {
        List<String> desktop = List.of(cluster.startAgentAt(B, "stopped"));
        String task = atA.run("sleep 300", 10, desktop);
        atA.awaitRecords(task, "RUNNING", 20);
        atA.stop(task);
        atA.awaitRecords(task, "FAILED", 10);
        assertThat(atA.records(task).get(0).getString("result_code")).isEqualTo("STOPPED");
    }

    @Test
    void aDesktopDeletedAtOneNodeLosesItsSessionAtTheOther() {
        String desktop = cluster.startAgentAt(B, "deleted");
        atA.call("DELETE", "/desktops/" + desktop, null);
        Program agent = cluster.agents().get("deleted");
        Eventually.holds(15, () -> !agent.isAlive(), () -> "it is still there: " + agent.err());
        assertThat(agent.exitCode()).isEqualTo(3);
    }

    @Test
    void aSecondProcessWithTheSameIdentityIsRefusedByTheOtherNodeWhileTheFirstAnswers() throws IOException {
        String desktop = cluster.startAgentAt(A, "twin");
        String task = atA.run("sleep 6", 1, List.of(desktop));
        atA.awaitRecords(task, "RUNNING", 20);
        Path copy = Files.createDirectory(cluster.home("copy"));
        Files.copy(cluster.home("twin").resolve("identity.json"), copy.resolve("identity.json"));
        Program second = cluster.startCopyAt(B, "copy", copy);
        Eventually.holds(40, () -> second.err().contains("ALREADY_CONNECTED"), second::err);
        atA.awaitRecords(task, "SUCCESS", 20);
        assertThat(second.out()).doesNotContain("connected");
        cluster.agents().get("twin").kill();
        assertThat(second.awaitLine("connected ")).isEqualTo(desktop);
    }
}
