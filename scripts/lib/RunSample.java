import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Runs a shell script on the named desktops, one of them as the gray batch, and prints the story as it happens. Arguments:
 * bootstrap file, script, names of desktops. Exit code 0 when the script succeeded everywhere.
 */
final class RunSample {
    private static final int DEADLINE_SECONDS = 90;

    private final Api api;
    private final Map<String, String> desktopOfRecord = new HashMap<>();
    private final Map<String, StringBuilder> unfinishedLines = new HashMap<>();
    private final Map<String, JsonObject> records = new TreeMap<>();
    private JsonObject task = new JsonObject();
    private String gate = "";

    private RunSample(Api api) {
        this.api = api;
    }

    public static void main(String[] arguments) throws Exception {
        var watchdog = new Thread(() -> giveUp(DEADLINE_SECONDS), "watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        try {
            var sample = new RunSample(new Api(Path.of(arguments[0])));
            boolean succeeded = sample.run(
                    Path.of(arguments[1]), List.of(arguments).subList(2, arguments.length));
            System.exit(succeeded ? 0 : 1);
        } catch (java.io.IOException e) {
            System.err.println("sample: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void giveUp(int seconds) {
        try {
            Thread.sleep(seconds * 1000L);
        } catch (InterruptedException e) {
            return;
        }
        System.err.println("sample: no end after " + seconds + " s");
        Runtime.getRuntime().halt(1);
    }

    private boolean run(Path script, List<String> names) throws Exception {
        List<String> desktops = desktops(names);
        String pool = api.post("/desktop-pools", new JsonObject().put("name", "quickstart").put("type", "STATIC"))
                .getString("pool_id");
        api.post("/desktop-pools/" + pool + "/desktops", new JsonObject().put("desktop_ids", new JsonArray(desktops)));
        JsonObject stored = new JsonObject()
                .put("name", script.getFileName().toString())
                .put("type", "SHELL")
                .put("content", Files.readString(script));
        String scriptId = api.post("/scripts", stored).getString("script_id");
        JsonObject order = new JsonObject()
                .put("script_ids", new JsonArray().add(scriptId))
                .put("gray_count", 1)
                .put("gray_fail_threshold", 1);
        JsonObject accepted = api.post("/desktop-pools/" + pool + "/script-executions", order);
        String taskId = accepted.getString("task_id");
        System.out.println("Running " + script.getFileName() + " on the pool quickstart, task " + taskId);
        System.out.println("The rule: " + accepted.getString("rule"));
        System.out.println();
        try (Stream<JsonObject> events = api.events(taskId)) {
            events.forEach(this::tell);
        }
        System.out.println();
        records.forEach((name, record) -> System.out.println(
                name + " (" + (record.getInteger("execute_order") == 1 ? "gray batch" : "the rest") + "): "
                        + result(record)));
        System.out.println("Task: " + task.getString("status") + ", " + task.getInteger("success_num") + " of "
                + task.getInteger("total_num") + " succeeded");
        return "SUCCESS".equals(task.getString("status")) && task.getInteger("success_num") == names.size();
    }

    private List<String> desktops(List<String> names) throws Exception {
        JsonArray known = api.get("/desktops?limit=100").getJsonArray("desktops");
        var ids = new ArrayList<String>();
        for (String name : names) {
            ids.add(known.stream()
                    .map(JsonObject.class::cast)
                    .filter(desktop -> name.equals(desktop.getString("computer_name")))
                    .map(desktop -> desktop.getString("desktop_id"))
                    .findFirst()
                    .orElseThrow(() -> new java.io.IOException("there is no desktop " + name + " in " + known)));
        }
        return ids;
    }

    private void tell(JsonObject event) {
        switch (event.getString("type")) {
            case "task" -> tellTask(event.getJsonObject("task"));
            case "record" -> tellRecord(event.getJsonObject("record"));
            case "output" -> tellOutput(event);
            default -> {}
        }
    }

    private void tellTask(JsonObject changed) {
        task = changed;
        if (!gate.equals(changed.getString("gate"))) {
            gate = changed.getString("gate");
            String reason = changed.getString("gate_reason", "waiting for the gray batch");
            System.out.println("gate   | " + gate + ": " + reason);
        }
    }

    private void tellRecord(JsonObject record) {
        String name = record.getString("resource_name");
        JsonObject before = records.put(name, record);
        desktopOfRecord.put(record.getString("id"), name);
        if (before == null || !before.getString("status").equals(record.getString("status"))) {
            System.out.println(name + " | --- " + result(record));
        }
    }

    /** Text comes as it was printed, in any pieces: it is shown line by line. */
    private void tellOutput(JsonObject event) {
        String id = event.getString("record_id");
        var line = unfinishedLines.computeIfAbsent(id + event.getString("stream"), key -> new StringBuilder());
        line.append(event.getString("text"));
        int end = line.indexOf("\n");
        while (end >= 0) {
            String mark = "stderr".equals(event.getString("stream")) ? " ! " : " | ";
            System.out.println(desktopOfRecord.getOrDefault(id, id) + mark + line.substring(0, end));
            line.delete(0, end + 1);
            end = line.indexOf("\n");
        }
    }

    private static String result(JsonObject record) {
        var text = new StringBuilder(record.getString("status"));
        if (record.containsKey("result_code")) {
            text.append(' ').append(record.getString("result_code"));
        }
        if (record.containsKey("exit_code")) {
            text.append(", exit code ").append(record.getInteger("exit_code"));
        }
        if (!record.getString("reason", "").isEmpty()) {
            text.append(", ").append(record.getString("reason"));
        }
        return text.toString();
    }
}
