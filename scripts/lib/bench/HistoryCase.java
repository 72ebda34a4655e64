import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Lists with many records stored. A program of its own, {@code HistoryBench BOOTSTRAP_FILE RECORDS}, fills the database of a
 * fresh control plane (its address in {@code BENCH_SECRET}) and asks; it prints one line of JSON for each row: {@code case},
 * {@code values} in milliseconds, and {@code target_p99_ms} where there is one. Other lines are its log.
 */
final class HistoryCase {
    private static final String PROGRAM = "HistoryBench";
    private static final long USUAL_RECORDS = 2_000_000;
    private static final int MINUTES = 20;

    private HistoryCase() {}

    static void run(Stage stage) throws Exception {
        if (!Files.exists(stage.options().program().resolve(PROGRAM + ".class"))) {
            stage.report().notRun("there is no " + PROGRAM + " in scripts/lib/history");
            return;
        }
        stage.setNode();
        long records = stage.options().records() == 0 ? USUAL_RECORDS : stage.options().records();
        var command = List.of(
                "-cp", stage.options().program() + ":" + stage.options().program().resolve("control-plane.jar"),
                PROGRAM, stage.node().bootstrap().toString(), Long.toString(records));
        Process process = stage.programs().java("history", command, stage.node().databaseUri());
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            stage.report().wrong("no end within " + MINUTES + " minutes");
        }
        stage.programs().end(process, 5);
        stage.report().expect(process.exitValue() == 0, "it ended with " + process.exitValue() + "; its log is "
                + stage.programs().log("history"));
        Files.readAllLines(stage.programs().log("history")).stream()
                .filter(line -> line.startsWith("{"))
                .map(JsonObject::new)
                .forEach(row -> add(stage.report(), row, records));
    }

    private static void add(Report report, JsonObject row, long records) {
        Sample all = Sample.of(row.getJsonArray("values").stream().map(each -> ((Number) each).doubleValue()).toList());
        Double target = row.getDouble("target_p99_ms");
        report.add(Row.p99("history, p99: " + row.getString("case"), 0, "ms", all,
                target == null ? null : Row.Target.atMost(target),
                records + " records, median " + Sample.text(all.median()) + " ms"));
    }
}
