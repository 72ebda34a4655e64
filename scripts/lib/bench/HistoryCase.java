import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Lists with many records stored, a tenth as many tasks: {@code HistoryLoad} fills the database of a fresh control plane and
 * {@code HistoryBench} asks for every documented filter. A row is the worst filter of an operation at one of the pages.
 */
final class HistoryCase {
    private static final long USUAL_RECORDS = 1_000_000;
    private static final double TARGET_MILLIS = 50;
    private static final int ROUNDS = 20;
    private static final int MINUTES = 15;

    private HistoryCase() {}

    static void run(Stage stage) throws Exception {
        stage.setNode();
        long records = stage.options().records() == 0 ? USUAL_RECORDS : stage.options().records();
        Path results = stage.programs().run().resolve("history.jsonl");
        boolean loaded = program(
                stage, "history-load", "HistoryLoad", stage.node().data().toString(), "--records", Long.toString(records));
        if (!loaded) {
            return;
        }
        program(
                stage, "history-lists", "HistoryBench", stage.node().bootstrap().toString(),
                "--rounds", Integer.toString(ROUNDS), "--json", results.toString());
        if (Files.exists(results)) {
            worst(results).forEach((page, row) -> add(stage.report(), page, row, records));
        }
    }

    private static boolean program(Stage stage, String log, String... words) throws Exception {
        var command = new ArrayList<>(List.of(
                "-cp", stage.options().program() + ":" + stage.options().program().resolve("control-plane.jar")));
        command.addAll(List.of(words));
        Process process = stage.programs().java(log, command);
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        stage.programs().end(process, 5);
        boolean right = ended && process.exitValue() == 0;
        stage.report().expect(right, words[0] + (ended ? " ended with " + process.exitValue() : " did not end within " + MINUTES
                + " minutes") + "; its log is " + stage.programs().log(log));
        return right;
    }

    /** By operation and page. */
    private static Map<String, JsonObject> worst(Path results) throws Exception {
        var worst = new LinkedHashMap<String, JsonObject>();
        for (String line : Files.readAllLines(results)) {
            var row = new JsonObject(line);
            worst.merge(row.getString("operation") + ", " + row.getString("page"), row, (one, other) ->
                    one.getDouble("p99_ms") >= other.getDouble("p99_ms") ? one : other);
        }
        return worst;
    }

    private static void add(Report report, String page, JsonObject row, long records) {
        Sample all = Sample.of(row.getJsonArray("values").stream().map(each -> ((Number) each).doubleValue()).toList());
        report.add(Row.p99("history, p99: " + page, 0, "ms", all, Row.Target.atMost(TARGET_MILLIS),
                records + " records, worst filter: " + row.getString("filter") + ", median " + Sample.text(all.median()) + " ms"));
    }
}
