import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a bench found: rows, and what is wrong. A time is never wrong, only a target missed; a lost record is. */
final class Report {
    private final Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final List<Row> rows = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private final List<String> notRun = new ArrayList<>();
    private String scene = "";

    void beginCase(String name) {
        scene = name;
    }

    void add(Row row) {
        rows.add(row);
        System.err.println("bench: " + row.markdown());
    }

    void expect(boolean right, String otherwise) {
        if (!right) {
            wrong(otherwise);
        }
    }

    void wrong(String sentence) {
        wrong.add(scene + ": " + sentence);
        System.err.println("bench: WRONG: " + scene + ": " + sentence);
    }

    void notRun(String sentence) {
        notRun.add(scene + ": " + sentence);
        System.err.println("bench: not run: " + scene + ": " + sentence);
    }

    int wrongs() {
        return wrong.size();
    }

    boolean isRight() {
        return wrong.isEmpty();
    }

    /** Of the rows with this name so far; for figures made of figures. */
    double median(String name, int agents) {
        return rows.stream()
                .filter(row -> row.name().equals(name) && row.agents() == agents)
                .mapToDouble(Row::figure)
                .findFirst()
                .orElse(Double.NaN);
    }

    String markdown(Machine machine) {
        String text = "Measured " + began + " on " + machine.sentence()
                + ".\n\n| case | agents | median | spread (rounds) | target | | |\n|---|---|---|---|---|---|---|\n"
                + rows.stream().map(Row::markdown).collect(Collectors.joining("\n"))
                + "\n\n";
        text += wrong.isEmpty()
                ? "Nothing was lost, nothing ran twice, and every counter was equal to its rows.\n"
                : wrong.stream().map(each -> "WRONG: " + each + "\n").collect(Collectors.joining());
        return text + notRun.stream().map(each -> "Not run: " + each + "\n").collect(Collectors.joining());
    }

    /** {@code bench.md} and {@code bench.json}, and the same under the time of the run. */
    void write(Path folder, Machine machine) throws IOException {
        String stamp = began.toString().replaceAll("[^0-9TZ]", "");
        String json = new JsonObject()
                        .put("at", began.toString())
                        .put("machine", machine.json())
                        .put("rows", new JsonArray(rows.stream().map(Row::json).toList()))
                        .put("wrong", new JsonArray(wrong))
                        .put("not_run", new JsonArray(notRun))
                        .encodePrettily()
                + "\n";
        for (String name : List.of("bench", "bench-" + stamp)) {
            Files.writeString(folder.resolve(name + ".md"), markdown(machine));
            Files.writeString(folder.resolve(name + ".json"), json);
        }
    }
}
