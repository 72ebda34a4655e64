package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL goes away for a while: callers are told to come again, agents stay, scripts run on, nobody is taken for dead. */
final class DatabaseAwayIT {
    /** The server gives up after 20 s. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(25);

    private static final List<String> SHORT = List.of("desk-1", "desk-2");
    private static final List<String> LONG = List.of("desk-3", "desk-4");
    private static final String SESSIONS =
            "SELECT computer_name || ' ' || session_epoch || ' ' || node_id FROM desktops ORDER BY computer_name";

    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        cluster.startAgents(4);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void stoppedForAMinuteWithTwoNodes() throws Exception {
        outage(List.of(0, 1), 60, cluster.postgres::stop, cluster.postgres::start);
    }

    @Test
    void frozenForAWhileWithOneNode() throws Exception {
        assertThat(cluster.node(1).terminate()).isPositive();
        Eventually.holds(
                30,
                () -> cluster.sql("SELECT count(*) FROM desktops WHERE node_id IS NOT NULL")
                                .equals(List.of("4"))
                        && cluster.sql("SELECT count(DISTINCT node_id) FROM desktops")
                                .equals(List.of("1")),
                () -> cluster.sql(SESSIONS).toString());
        outage(List.of(0), 25, cluster.postgres::freeze, cluster.postgres::thaw);
    }

    private void outage(List<Integer> nodes, int seconds, Runnable begin, Runnable end) throws Exception {
        Map<Integer, Caller> at = nodes.stream().collect(Collectors.toMap(node -> node, cluster::caller));
        Caller first = at.get(0);
        Path starts = cluster.folder.resolve("starts");
        String ends = first.run(Lines.script(starts, seconds / 2), 5, ids(SHORT)); // while it is away
        String goesOn = first.run(Lines.script(starts, seconds + 10), 5, ids(LONG));
        first.awaitRecords(ends, "RUNNING", 20);
        first.awaitRecords(goesOn, "RUNNING", 20);
        List<String> sessions = cluster.sql(SESSIONS);
        Map<String, Integer> said = saidByAgents();

        begin.run();
        List<OutageCaller> asking = at.values().stream()
                .flatMap(caller -> requests(caller).stream())
                .map(request -> new OutageCaller(request, LONGEST_ANSWER))
                .toList();
        ScheduledExecutorService callers = Executors.newScheduledThreadPool(asking.size());
        try {
            asking.forEach(each -> callers.scheduleWithFixedDelay(each, 0, 500, TimeUnit.MILLISECONDS));
            assertThat(callers.awaitTermination(seconds, TimeUnit.SECONDS)).isFalse();
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            end.run();
        }
        assertThat(asking.stream().flatMap(each -> each.wrong.stream()))
                .as(() -> errors(nodes))
                .isEmpty();
        assertThat(asking).allSatisfy(each -> assertThat(each.answers).hasPositiveValue());

        at.values()
                .forEach(caller -> Eventually.holds(
                        15,
                        () -> caller.ask("GET", "/desktops", null).statusCode() == 200
                                && caller.askFrom("/health/ready").statusCode() == 200,
                        () -> "a node does not go on"));
        for (Caller caller : at.values()) {
            String task = caller.run("true", 1, ids(SHORT));
            caller.awaitRecords(task, "SUCCESS", 20);
        }
        endedWhole(first, ends, seconds / 2);
        endedWhole(first, goesOn, seconds + 10);
        assertThat(Files.readAllLines(starts)).hasSize(4).doesNotHaveDuplicates();
        assertThat(saidByAgents()).as("sessions that agents lost").isEqualTo(said);
        assertThat(cluster.sql(SESSIONS)).isEqualTo(sessions);
        nodes.forEach(node -> assertThat(cluster.node(node).err()).doesNotContain("taken for dead"));
    }

    private List<String> ids(List<String> names) {
        return names.stream().map(cluster::id).toList();
    }

    private List<Supplier<HttpResponse<String>>> requests(Caller caller) {
        String script = "{\"name\": \"away\", \"type\": \"SHELL\", \"content\": \"true\"}";
        return List.of(
                () -> caller.ask("GET", "/desktops", null),
                () -> caller.ask("GET", "/script-execution-records", null),
                () -> caller.ask("POST", "/script-executions", Caller.command("true", 1, ids(SHORT))),
                () -> caller.ask("POST", "/scripts", new JsonObject(script)),
                caller::login,
                () -> caller.askFrom("/health/ready"));
    }

    private static void endedWhole(Caller caller, String task, int lines) throws IOException {
        caller.awaitRecords(task, "SUCCESS", 40);
        for (JsonObject record : caller.records(task)) {
            assertThat(record.getInteger("attempt")).isEqualTo(1);
            assertThat(caller.output(record.getString("id"))).isEqualTo(Lines.printed(lines));
        }
    }

    /** How often each agent said that it has no session. */
    private Map<String, Integer> saidByAgents() {
        var said = new TreeMap<String, Integer>();
        cluster.agents()
                .forEach((name, agent) -> said.put(name, (int) agent.err()
                        .lines()
                        .filter(line -> line.contains("no session with"))
                        .count()));
        return said;
    }

    /** What nodes logged as faults of their own. */
    private String errors(List<Integer> nodes) {
        return nodes.stream()
                .flatMap(node -> cluster.node(node).err().lines())
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .limit(20)
                .collect(Collectors.joining("\n"));
    }
}
