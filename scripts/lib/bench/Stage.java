import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a case plays on: a control plane with a fleet in one pool, each on its own data folder. Cases that want the same stage
 * share it; one that wants another clears it. Clearing checks the ledger, so that no case ends unchecked.
 */
final class Stage {
    private final Options options;
    private final Programs programs;
    private final Report report;
    private final List<String> flags = new ArrayList<>();
    private int nodes;
    private Node node;
    private Fleet fleet;
    private final List<Fleet> beside = new ArrayList<>();
    private Api api;
    private String pool;
    private String postgres = "";

    Stage(Options options, Programs programs, Report report) {
        this.options = options;
        this.programs = programs;
        this.report = report;
    }

    /** A fresh control plane without agents. */
    void setNode() throws IOException, InterruptedException, SQLException {
        clear();
        node = Node.start(programs, options.program().resolve("control-plane.jar"), "node-" + ++nodes, options.jvm());
        postgres = node.postgresVersion();
        api = new Api(node.bootstrap());
        pool = pool("bench");
    }

    /** A control plane with so many agents, as it stands or a fresh one. */
    void setFleet(int agents, String... swarmFlags) throws IOException, InterruptedException, SQLException {
        if (fleet == null || fleet.agents() != agents || !flags.equals(List.of(swarmFlags))) {
            setNode();
            addFleet(agents, swarmFlags);
        }
    }

    /** Another fleet on this control plane, in a pool of its own; a stage that has one is not shared. */
    Crowd addBeside(String name, int agents, String... swarmFlags) throws IOException, InterruptedException {
        String its = pool(name);
        var all = new ArrayList<>(List.of("--pool", its, "--name", name));
        all.addAll(List.of(swarmFlags));
        Fleet added =
                Fleet.start(programs, swarmClasspath(), node.bootstrap(), name + "-" + nodes, agents, all);
        beside.add(added);
        flags.add(name);
        return new Crowd(added, its);
    }

    /** A fleet and the pool that it is in. */
    record Crowd(Fleet fleet, String pool) {}

    private String pool(String name) throws IOException, InterruptedException {
        return api.post("/desktop-pools", new JsonObject().put("name", name).put("type", "DYNAMIC").put("size", 0))
                .getString("pool_id");
    }

    void addFleet(int agents, String... swarmFlags) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of("--pool", pool));
        all.addAll(List.of(swarmFlags));
        flags.clear();
        flags.addAll(List.of(swarmFlags));
        fleet = Fleet.start(programs, swarmClasspath(), node.bootstrap(), "swarm-" + nodes, agents, all);
    }

    private String swarmClasspath() {
        return options.program().resolve("swarm") + ":" + options.program().resolve("desktop-agent.jar");
    }

    /** Counters against rows, rows against starts, bytes against bytes; for what has ended. */
    void check() throws IOException, InterruptedException, SQLException {
        if (node != null && fleet != null) {
            var fleets = new ArrayList<>(List.of(fleet));
            fleets.addAll(beside);
            new Ledger(node).check(report, fleets);
        }
    }

    void clear() throws IOException, InterruptedException, SQLException {
        try {
            check();
        } finally {
            beside.forEach(Fleet::stop);
            beside.clear();
            if (fleet != null) {
                fleet.stop();
            }
            if (node != null) {
                node.stop();
                if (report.isRight()) {
                    node.forget();
                }
            }
            fleet = null;
            node = null;
        }
    }

    Options options() {
        return options;
    }

    Programs programs() {
        return programs;
    }

    Report report() {
        return report;
    }

    Node node() {
        return node;
    }

    Fleet fleet() {
        return fleet;
    }

    Api api() {
        return api;
    }

    Ledger ledger() {
        return new Ledger(node);
    }

    /** Of the control planes that were started here. */
    String postgresVersion() {
        return postgres;
    }

    /** @param patienceSeconds after which a command counts as lost */
    Commands commands(int patienceSeconds) {
        return commands(pool, patienceSeconds);
    }

    Commands commands(String onPool, int patienceSeconds) {
        return new Commands(api, onPool, patienceSeconds);
    }
}
