import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Runs {@link Floor} against the same PostgreSQL, beside the fleet that is connected and idle. */
final class FloorCase {
    private static final int READY_SECONDS = 120;
    private static final String NAME = "command: the floor";

    private FloorCase() {}

    /** Without a fleet beside it. */
    static void run(Stage stage) throws Exception {
        stage.setNode();
        measure(stage, stage.options().fewer());
        measure(stage, stage.options().agents());
    }

    /** In milliseconds, of whole rounds. */
    static Sample measure(Stage stage, int agents) throws Exception {
        Programs programs = stage.programs();
        String log = "floor-" + agents;
        String rounds = Integer.toString(stage.options().rounds());
        String number = Integer.toString(agents);
        Process server = programs.java(log, floor(stage, "serve", number, rounds), stage.node().databaseUri());
        Process clients = null;
        try {
            String port = programs.awaitLine(server, log, "port ", READY_SECONDS).substring("port ".length());
            clients = programs.java(log + "-clients", floor(stage, "connect", number, port));
            var found = new JsonObject(programs.awaitLine(server, log, "{", READY_SECONDS));
            Sample whole = sample(found, "whole");
            stage.report().add(Row.median(NAME, agents, "ms", whole, null,
                    "rows " + Sample.text(sample(found, "rows").median()) + " ms, messages "
                            + Sample.text(sample(found, "messages").median()) + " ms"));
            return whole;
        } finally {
            if (clients != null) {
                programs.end(clients, 5);
            }
            programs.end(server, 5);
        }
    }

    private static List<String> floor(Stage stage, String... words) {
        String jar = stage.options().program().resolve("control-plane.jar").toString();
        var command = new java.util.ArrayList<>(List.of("-Xmx1g", "-cp", stage.options().program() + ":" + jar, "Floor"));
        command.addAll(List.of(words));
        return command;
    }

    private static Sample sample(JsonObject found, String name) {
        JsonArray values = found.getJsonArray(name);
        return Sample.of(values.stream().map(each -> ((Number) each).doubleValue()).toList());
    }
}
