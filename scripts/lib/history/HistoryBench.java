import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Measures every list operation of a running control plane that holds a history (see HistoryLoad): each documented filter
 * alone, some of them together, at the first page, at page 1,000 and at the largest limit; and looks whether the rows match
 * the filter, whether pages neither overlap nor skip, and whether the count is right or says that it is a minimum.
 *
 * <pre>HistoryBench BOOTSTRAP_JSON [--rounds N] [--json FILE]</pre>
 *
 * One request at a time until its answer is there whole, after a warm-up: N of them (60) for a case of which one of the first five took half of the target or
 * more, and five otherwise. Prints Markdown to standard output, with the worst p99 and the cases above 50 ms at its end, and
 * adds a JSON line a case to FILE as it goes. Exit code 1 when a row, page or count is wrong.
 */
final class HistoryBench {
    private static final double TARGET_MILLIS = 50;
    private static final int WARM_UP = 3;
    private static final int FIRST_LOOK = 5;
    private static final int PAGE_1000 = 9_990;

    private final Api api;
    private final int rounds;
    private final Path json;
    private final List<JsonObject> results = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    private HistoryBench(Api api, int rounds, Path json) {
        this.api = api;
        this.rounds = rounds;
        this.json = json;
    }

    /** An operation: its path, where its rows are, the name of its count, and its largest limit. */
    private record Operation(String name, String path, String rows, String count, int most, boolean outside) {}

    private static final Operation TASKS =
            new Operation("ListScriptTasks", "/script-execution-tasks", "script_tasks", "count", 100, false);
    private static final Operation RECORDS =
            new Operation("ListScriptRecords", "/script-execution-records", "script_records", "count", 100, false);
    private static final Operation POOL_TASKS = new Operation(
            "ShowDesktopPoolsScriptExecTasks",
            "/desktop-pools/script-execution-tasks/detail",
            "script_execution_tasks",
            "total_count",
            100,
            false);
    private static final Operation SCRIPTS = new Operation("ListScripts", "/scripts", "scripts", "count", 100, false);
    private static final Operation DESKTOPS =
            new Operation("ListDesktops", "/desktops", "desktops", "total_count", 1000, false);
    private static final Operation DETAILS =
            new Operation("ListDesktopsDetail", "/desktops/detail", "desktops", "total_count", 1000, false);
    private static final Operation POOLS =
            new Operation("ListDesktopPools", "/desktop-pools", "desktop_pools", "total_count", 1000, false);
    private static final Operation TOKENS = new Operation(
            "ListEnrollmentTokens", "/v1/enrollment-tokens", "enrollment_tokens", "total_count", 1000, true);

    public static void main(String[] args) throws Exception {
        int rounds = 60;
        Path json = null;
        for (int i = 1; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--rounds" -> rounds = Integer.parseInt(args[i + 1]);
                case "--json" -> json = Path.of(args[i + 1]);
                default -> throw new IllegalArgumentException("there is no option " + args[i]);
            }
        }
        if (args.length % 2 != 1 || rounds < 1 || rounds > 10_000) {
            throw new IllegalArgumentException("use: HistoryBench BOOTSTRAP_JSON [--rounds 1..10000] [--json FILE]");
        }
        var bench = new HistoryBench(new Api(Path.of(args[0])), rounds, json);
        bench.run();
        bench.print();
        System.exit(bench.wrong.isEmpty() ? 0 : 1);
    }

    private void run() throws Exception {
        JsonObject first = get(RECORDS, "limit=1&status=FAILED&task_type=SCRIPT&offset=300").getJsonArray("script_records")
                .getJsonObject(0);
        JsonObject grouped = get(TASKS, "limit=1&resource_group_type=DESKTOP_POOL&task_type=SCRIPT")
                .getJsonArray("script_tasks")
                .getJsonObject(0);
        String desktop = first.getString("resource_id");
        String script = first.getString("script_id");
        String group = grouped.getString("resource_group_id");
        String task = first.getString("script_task_id");
        String large = largeTask();
        List<String> desktops = get(DESKTOPS, "limit=1000").getJsonArray("desktops").stream()
                .map(d -> ((JsonObject) d).getString("desktop_id"))
                .toList();
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String from = "execute_time_start=" + now.minus(30, ChronoUnit.DAYS);
        String to = "execute_time_end=" + now.minus(60, ChronoUnit.DAYS);
        String span = "execute_time_start=" + now.minus(40, ChronoUnit.DAYS) + "&execute_time_end="
                + now.minus(20, ChronoUnit.DAYS);

        for (Operation tasks : List.of(TASKS, POOL_TASKS)) {
            Predicate<JsonObject> any = row -> true;
            String pool = tasks == TASKS ? "resource_group_id=" : "desktop_pool_id=";
            String scriptsOf = tasks == TASKS ? "task_scripts" : "scripts";
            measure(tasks, "", any);
            measure(tasks, pool + group, any);
            measure(tasks, "script_id=" + script, row -> has(row, scriptsOf, "id", script));
            measure(tasks, "script_name=update", row -> hasPart(row, scriptsOf, "update"));
            measure(tasks, "script_name=UPDATE-120", row -> hasPart(row, scriptsOf, "update-120"));
            measure(tasks, "script_name=nothing-like-it", row -> false);
            for (String status : List.of("WAITING", "RUNNING", "SUCCESS", "FAILED")) {
                String shown = tasks == TASKS ? status : status.replace("SUCCESS", "FINISH").replace("WAITING", "INIT");
                measure(tasks, "status=" + status, row -> shown.equals(row.getString("status")));
            }
            measure(tasks, "task_id=" + task, row -> task.equals(row.getString("id")));
            measure(tasks, "task_id=" + large, row -> large.equals(row.getString("id")));
            measure(tasks, "task_type=SCRIPT", row -> !row.getJsonArray(scriptsOf).isEmpty());
            measure(tasks, "task_type=COMMAND", row -> row.containsKey("command_content"));
            measure(tasks, from, row -> true);
            measure(tasks, to, row -> true);
            measure(tasks, span, row -> true);
            measure(tasks, "status=FAILED&" + span, row -> "FAILED".equals(row.getString("status")));
            measure(tasks, "status=FAILED&" + pool + group, row -> "FAILED".equals(row.getString("status")));
            measure(tasks, "status=FAILED&script_name=update", row -> hasPart(row, scriptsOf, "update"));
            measure(tasks, "status=SUCCESS&script_name=update", row -> hasPart(row, scriptsOf, "update"));
            measure(tasks, "status=FAILED&task_type=COMMAND", row -> row.containsKey("command_content"));
            measure(tasks, "script_name=update&" + span, row -> hasPart(row, scriptsOf, "update"));
            measure(tasks, "script_id=" + script + "&" + span, row -> has(row, scriptsOf, "id", script));
        }
        measure(TASKS, "resource_group_type=DESKTOP_POOL", row -> row.containsKey("resource_group_id"));

        measure(RECORDS, "", row -> true);
        measure(RECORDS, "resource_id=" + desktop, row -> desktop.equals(row.getString("resource_id")));
        for (int many : new int[] {100, 200}) {
            Set<String> wanted = new HashSet<>(desktops.subList(0, many));
            measure(
                    RECORDS,
                    "resource_id x " + many,
                    repeated("resource_id", desktops.subList(0, many)),
                    row -> wanted.contains(row.getString("resource_id")));
        }
        measure(RECORDS, "resource_group_id=" + group, row -> true);
        measure(RECORDS, "script_id=" + script, row -> script.equals(row.getString("script_id")));
        measure(RECORDS, "script_name=update", row -> part(row, "update"));
        measure(RECORDS, "script_name=update-120", row -> part(row, "update-120"));
        for (String status : List.of("WAITING", "RUNNING", "SUCCESS", "FAILED", "SKIP")) {
            Predicate<JsonObject> same = row -> status.equals(row.getString("status"));
            measure(RECORDS, "status=" + status, same);
            measure(RECORDS, "status=" + status + "&script_task_id=" + large, same);
        }
        measure(RECORDS, "is_first_order=true", row -> row.getInteger("execute_order") == 1);
        measure(RECORDS, "is_first_order=false", row -> row.getInteger("execute_order") != 1);
        measure(RECORDS, "script_task_id=" + task, row -> task.equals(row.getString("script_task_id")));
        measure(RECORDS, "script_task_id=" + large, row -> large.equals(row.getString("script_task_id")));
        measure(RECORDS, "task_type=SCRIPT", row -> row.containsKey("script_id"));
        measure(RECORDS, "task_type=COMMAND", row -> row.containsKey("command_content"));
        measure(
                RECORDS,
                "show_history=true&resource_id=" + desktop + "&script_id=" + script,
                row -> desktop.equals(row.getString("resource_id")));
        measure(RECORDS, from, row -> after(row, now.minus(30, ChronoUnit.DAYS)));
        measure(RECORDS, to, row -> !row.containsKey("start_time") || !after(row, now.minus(60, ChronoUnit.DAYS)));
        measure(RECORDS, span, row -> after(row, now.minus(40, ChronoUnit.DAYS)));
        Predicate<JsonObject> failed = row -> "FAILED".equals(row.getString("status"));
        measure(RECORDS, "status=FAILED&" + span, failed.and(row -> after(row, now.minus(40, ChronoUnit.DAYS))));
        measure(RECORDS, "status=FAILED&task_type=SCRIPT", failed);
        measure(RECORDS, "status=FAILED&resource_group_id=" + group, failed);
        measure(RECORDS, "status=FAILED&script_id=" + script, failed);
        measure(RECORDS, "status=FAILED&resource_id=" + desktop, failed);
        measure(RECORDS, "status=FAILED&is_first_order=true", failed);
        measure(RECORDS, "script_name=update&" + span, row -> part(row, "update"));
        measure(RECORDS, "status=SUCCESS&script_id=" + script, row -> script.equals(row.getString("script_id")));
        measure(RECORDS, "is_first_order=true&script_name=update", row -> part(row, "update"));
        measure(RECORDS, "status=SKIP&task_type=COMMAND", row -> row.containsKey("command_content"));
        measure(RECORDS, "resource_group_id=" + group + "&" + span, row -> after(row, now.minus(40, ChronoUnit.DAYS)));
        measure(RECORDS, "resource_group_id=" + group + "&script_name=update", row -> part(row, "update"));

        for (String filter : List.of("", "name=update", "type=SHELL", "id=" + script)) {
            measure(SCRIPTS, filter, row -> true);
        }
        for (Operation list : List.of(DESKTOPS, DETAILS)) {
            for (String filter : List.of(
                    "", "computer_name=desk-01", "desktop_ip=10.1.3.7", "status=SHUTOFF", "user_name=user-3",
                    "desktop_type=POOLED", "pool_id=" + group, "desktop_id=" + desktop)) {
                if (list != DESKTOPS || !filter.startsWith("user_name")) {
                    measure(list, filter, row -> true);
                }
            }
        }
        measure(DETAILS, "sort_field=computer_name&sort_type=DESC", row -> true);
        Operation inPool = new Operation(
                "ListPoolDesktopsDetail", "/desktop-pools/" + group + "/desktops", "pool_desktops", "total_count", 100, false);
        measure(inPool, "", row -> true);
        measure(inPool, "computer_name=desk-0", row -> true);
        for (String filter : List.of("", "name=pool-1", "type=STATIC")) {
            measure(POOLS, filter, row -> true);
        }
        measure(TOKENS, "", row -> true);
    }

    private String largeTask() throws Exception {
        for (int offset = 0; offset < 5_000; offset += 100) {
            for (Object row : get(TASKS, "limit=100&status=FAILED&offset=" + offset).getJsonArray("script_tasks")) {
                if (((JsonObject) row).getInteger("total_num") >= 1_500) {
                    return ((JsonObject) row).getString("id");
                }
            }
        }
        throw new IOException("no large task among the first 5,000 that failed");
    }

    private void measure(Operation operation, String filter, Predicate<JsonObject> matches) throws Exception {
        measure(operation, filter.isEmpty() ? "no filter" : filter, filter, matches);
    }

    private void measure(Operation operation, String name, String filter, Predicate<JsonObject> matches) throws Exception {
        check(operation, name, filter, matches);
        measure(operation, name, "first page", filter + "&limit=10&offset=0");
        measure(operation, name, "page 1,000", filter + "&limit=10&offset=" + PAGE_1000);
        measure(operation, name, "limit " + operation.most(), filter + "&offset=0&limit=" + operation.most());
    }

    private void measure(Operation operation, String name, String page, String query) throws Exception {
        if (operation.name().equals("ListPoolDesktopsDetail") && query.contains("offset=99")) {
            query = query.replace("offset=" + PAGE_1000, "offset=490");
        }
        for (int i = 0; i < WARM_UP; i++) {
            get(operation, query);
        }
        var values = new JsonArray();
        String answer = "{}";
        boolean suspicious = false;
        for (int i = 0; i < rounds && (i < FIRST_LOOK || suspicious); i++) {
            long began = System.nanoTime();
            answer = api.text(path(operation, query), operation.outside());
            double millis = (System.nanoTime() - began) / 1e6;
            values.add(Math.round(millis * 10) / 10.0);
            suspicious |= millis >= TARGET_MILLIS / 2;
        }
        var last = new JsonObject(answer);
        double[] times = values.stream().mapToDouble(each -> ((Number) each).doubleValue()).sorted().toArray();
        var result = new JsonObject()
                .put("operation", operation.name())
                .put("filter", name)
                .put("page", page)
                .put("rows", last.getJsonArray(operation.rows(), new JsonArray()).size())
                .put("count", last.getLong(operation.count()))
                .put("count_is_minimum", last.getBoolean("count_is_minimum", false))
                .put("p50_ms", percentile(times, 0.50))
                .put("p99_ms", percentile(times, 0.99))
                .put("values", values);
        results.add(result);
        if (json != null) {
            Files.writeString(json, result.encode() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static double percentile(double[] sorted, double share) {
        return sorted[Math.min(sorted.length - 1, (int) Math.ceil(sorted.length * share) - 1)];
    }

    /** Three pages of ten are one page of thirty; every row matches; what a count promises is there. */
    private void check(Operation operation, String name, String filter, Predicate<JsonObject> matches) throws Exception {
        String what = operation.name() + " " + name;
        JsonObject whole = get(operation, filter + "&limit=30&offset=0");
        List<String> ids = ids(operation, whole);
        var parts = new ArrayList<String>();
        for (int offset = 0; offset < 30; offset += 10) {
            JsonObject part = get(operation, filter + "&limit=10&offset=" + offset);
            parts.addAll(ids(operation, part));
        }
        expect(parts.equals(ids), what + ": pages of 10 are not the page of 30");
        expect(new HashSet<>(ids).size() == ids.size() || name.contains("show_history"), what + ": a row comes twice");
        JsonArray rows = whole.getJsonArray(operation.rows());
        IntStream.range(0, rows.size())
                .mapToObj(rows::getJsonObject)
                .filter(row -> !matches.test(row))
                .findFirst()
                .ifPresent(row -> wrong.add(what + ": does not match: " + row.encode()));
        long count = whole.getLong(operation.count());
        boolean minimum = whole.getBoolean("count_is_minimum", false);
        expect(count >= ids.size(), what + ": counts " + count + " and shows " + ids.size());
        if (count > 0 && count <= 10_000 && !minimum && operation.most() <= 100 && !operation.name().startsWith("ListPoolD")) {
            int last = (int) Math.min(count - 1, Integer.MAX_VALUE);
            int there = ids(operation, get(operation, filter + "&limit=10&offset=" + last)).size();
            int beyond = ids(operation, get(operation, filter + "&limit=10&offset=" + (last + 1))).size();
            expect(there == 1 && beyond == 0, what + ": counts " + count + ", but there are " + there + " and " + beyond);
        }
        if (minimum) {
            expect(count > 30, what + ": a minimum that ends the pages");
        }
    }

    private void expect(boolean right, String otherwise) {
        if (!right) {
            wrong.add(otherwise);
        }
    }

    private static List<String> ids(Operation operation, JsonObject page) {
        return page.getJsonArray(operation.rows(), new JsonArray()).stream()
                .map(row -> (JsonObject) row)
                .map(row -> row.getString("id", row.getString("desktop_id", row.getString("script_id", row.encode()))))
                .toList();
    }

    private JsonObject get(Operation operation, String query) throws Exception {
        String path = path(operation, query);
        return operation.outside() ? api.getFrom(path) : api.get(path);
    }

    private static String path(Operation operation, String query) {
        return operation.path() + "?" + query.replaceFirst("^&", "");
    }

    private static boolean has(JsonObject row, String array, String field, String value) {
        return row.getJsonArray(array).stream().anyMatch(s -> value.equals(((JsonObject) s).getString(field)));
    }

    private static boolean hasPart(JsonObject row, String array, String part) {
        return row.getJsonArray(array).stream()
                .anyMatch(s -> ((JsonObject) s).getString("name").contains(part));
    }

    private static boolean part(JsonObject row, String part) {
        return row.getString("script_name", "").contains(part);
    }

    /** A record that did not start says no time. */
    private static boolean after(JsonObject row, Instant instant) {
        return !row.containsKey("start_time") || Instant.parse(row.getString("start_time")).isAfter(instant);
    }

    private static String repeated(String name, List<String> values) {
        return String.join(
                "&",
                values.stream()
                        .map(v -> name + "=" + URLEncoder.encode(v, StandardCharsets.UTF_8))
                        .toList());
    }

    private void print() {
        System.out.println("| operation | filter | page | rows | count | p50 ms | p99 ms |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (JsonObject r : results) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %d | %s%d | %.1f | %.1f |%n",
                    r.getString("operation"),
                    r.getString("filter"),
                    r.getString("page"),
                    r.getInteger("rows"),
                    r.getBoolean("count_is_minimum") ? "at least " : "",
                    r.getLong("count"),
                    r.getDouble("p50_ms"),
                    r.getDouble("p99_ms"));
        }
        System.out.println();
        System.out.println("Worst p99 of each operation, over all filters and pages:");
        System.out.println();
        for (String operation : results.stream().map(r -> r.getString("operation")).distinct().toList()) {
            JsonObject worst = Collections.max(
                    results.stream().filter(r -> operation.equals(r.getString("operation"))).toList(),
                    (a, b) -> Double.compare(a.getDouble("p99_ms"), b.getDouble("p99_ms")));
            System.out.printf(
                    Locale.ROOT,
                    "- %s: %.1f ms (%s, %s)%n",
                    operation,
                    worst.getDouble("p99_ms"),
                    worst.getString("filter"),
                    worst.getString("page"));
        }
        List<JsonObject> missed = results.stream()
                .filter(r -> r.getDouble("p99_ms") > TARGET_MILLIS)
                .toList();
        System.out.printf(
                Locale.ROOT, "%n%d of %d cases miss %.0f ms.%n", missed.size(), results.size(), TARGET_MILLIS);
        missed.forEach(r -> System.out.printf(
                Locale.ROOT,
                "- %s, %s, %s: %.1f ms%n",
                r.getString("operation"),
                r.getString("filter"),
                r.getString("page"),
                r.getDouble("p99_ms")));
        System.out.println(wrong.isEmpty() ? "Rows, pages and counts are right." : "WRONG:");
        wrong.forEach(fault -> System.out.println("- " + fault));
    }
}
