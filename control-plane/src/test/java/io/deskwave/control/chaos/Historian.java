package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Act;
import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.ExecutionRecord;
import io.deskwave.control.chaos.History.Raw;
import io.deskwave.control.chaos.History.Stored;
import io.deskwave.control.chaos.History.Task;
import io.deskwave.control.chaos.History.Watched;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads a {@link History} when all is quiet: from the database, from the API, and from what the scripts wrote. */
final class Historian {
    private static final int PAGE = 100;
    private static final int MOST_RAW = 100;
    private static final String TASKS =
            "SELECT id, status, total, success_num, failed_num, skip_num, gate, gray_total, gray_ended, gray_failed,"
                    + " gray_fail_threshold FROM execution_tasks ORDER BY queue_no";
    private static final String RECORDS =
            """
        SELECT r.id, r.task_id, r.desktop_name, r.script_index, r.batch, r.status, r.attempt, r.result_code,
               coalesce(t.command_content, v.content) AS content
        FROM execution_records r
        JOIN execution_tasks t ON t.id = r.task_id
        LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
        LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no
        ORDER BY r.queue_no, r.script_index, r.desktop_name
        """;
    private static final String ATTEMPTS =
            """
        SELECT record_id, attempt, status, result_code, exit_code, stdout_bytes, stderr_bytes, end_time::text, id AS no
        FROM record_attempts
        UNION ALL
        SELECT id, attempt, status, result_code, exit_code, stdout_bytes, stderr_bytes, end_time::text, 1000000000
        FROM execution_records WHERE end_time IS NOT NULL
        ORDER BY no
        """;
    private static final String HEADS = "SELECT record_id, attempt, stdout_end, stderr_end FROM record_outputs";
    private static final String CHUNKS =
            "SELECT start_at, bytes FROM output_chunks WHERE record_id = ? AND attempt = ? AND stream = ? ORDER BY seq";

    private final Site site;
    private final Api api;

    Historian(Site site, Api api) {
        this.site = site;
        this.api = api;
    }

    History read(Deeds deeds, Sampler sampler, List<Viewers.Seen> seen, Set<String> disturbed)
            throws SQLException, IOException {
        try (Connection connection = site.database();
                Statement sql = connection.createStatement()) {
            List<ExecutionRecord> records = rows(sql, RECORDS, Historian::record);
            Map<UUID, Payload> payloads =
                    records.stream().collect(Collectors.toMap(ExecutionRecord::id, ExecutionRecord::payload));
            List<Stored> outputs = outputs(connection, sql, payloads);
            return new History(
                    deeds.acknowledged(),
                    deeds.unknownOrders(),
                    rows(sql, TASKS, Historian::task),
                    records,
                    rows(sql, ATTEMPTS, Historian::attempt),
                    outputs,
                    acts(site.acts()),
                    sampler.endings(),
                    sampler.heads(),
                    watched(seen, payloads),
                    raw(outputs, records),
                    disturbed,
                    deeds.retried(),
                    number(sql, "SELECT count(*) FROM record_work"),
                    number(sql, "SELECT count(*) FROM record_work WHERE busy"),
                    lists());
        }
    }

    // ---- rows ----

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> rows(Statement sql, String query, RowReader<T> reader) throws SQLException {
        var list = new ArrayList<T>();
        try (ResultSet rows = sql.executeQuery(query)) {
            while (rows.next()) {
                list.add(reader.read(rows));
            }
        }
        return list;
    }

    private static int number(Statement sql, String query) throws SQLException {
        return rows(sql, query, row -> row.getInt(1)).get(0);
    }

    private static Task task(ResultSet row) throws SQLException {
        return new Task(
                row.getObject("id", UUID.class),
                row.getString("status"),
                row.getInt("total"),
                row.getInt("success_num"),
                row.getInt("failed_num"),
                row.getInt("skip_num"),
                row.getString("gate"),
                row.getInt("gray_total"),
                row.getInt("gray_ended"),
                row.getInt("gray_failed"),
                row.getInt("gray_fail_threshold"));
    }

    private static ExecutionRecord record(ResultSet row) throws SQLException {
        return new ExecutionRecord(
                row.getObject("id", UUID.class),
                row.getObject("task_id", UUID.class),
                row.getString("desktop_name"),
                row.getInt("script_index"),
                row.getInt("batch"),
                row.getString("status"),
                row.getInt("attempt"),
                row.getString("result_code"),
                Payload.parse(row.getString("content")));
    }

    private static Attempt attempt(ResultSet row) throws SQLException {
        int exit = row.getInt("exit_code");
        return new Attempt(
                row.getObject("record_id", UUID.class),
                row.getInt("attempt"),
                row.getString("status"),
                row.getString("result_code"),
                exit == 0 && row.getObject("exit_code") == null ? null : exit,
                row.getLong("stdout_bytes"),
                row.getLong("stderr_bytes"),
                row.getString("end_time"));
    }

    private record Head(UUID recordId, int attempt, long stdout, long stderr) {}

    private static List<Stored> outputs(Connection connection, Statement sql, Map<UUID, Payload> payloads)
            throws SQLException {
        List<Head> heads = rows(
                sql,
                HEADS,
                row -> new Head(row.getObject(1, UUID.class), row.getInt(2), row.getLong(3), row.getLong(4)));
        var list = new ArrayList<Stored>();
        try (PreparedStatement chunks = connection.prepareStatement(CHUNKS)) {
            for (Head head : heads) {
                Payload payload = payloads.get(head.recordId());
                if (payload != null) {
                    list.add(stored(chunks, head, "stdout", head.stdout(), payload));
                    list.add(stored(chunks, head, "stderr", head.stderr(), payload));
                }
            }
        }
        return list;
    }

    private static Stored stored(PreparedStatement chunks, Head head, String stream, long end, Payload payload)
            throws SQLException {
        var pieces = new Pieces(payload.output(head.recordId() + "-" + head.attempt(), stream));
        chunks.setObject(1, head.recordId());
        chunks.setInt(2, head.attempt());
        chunks.setString(3, stream);
        try (ResultSet rows = chunks.executeQuery()) {
            while (rows.next()) {
                pieces.add(rows.getLong(1), rows.getBytes(2));
            }
        }
        return new Stored(head.recordId(), head.attempt(), stream, pieces.ranges(), pieces.wrongAt(), end);
    }

    // ---- what scripts and viewers tell ----

    static List<Act> acts(Path file) throws IOException {
        if (Files.notExists(file)) {
            return List.of();
        }
        var list = new ArrayList<Act>();
        for (String line : Files.readAllLines(file)) {
            String[] words = line.split(" ", -1);
            if (words.length != 3) {
                throw new IOException("no line of a script of ours: " + line);
            }
            list.add(new Act(words[0].equals("S"), words[1], words[2]));
        }
        return list;
    }

    private static List<Watched> watched(List<Viewers.Seen> seen, Map<UUID, Payload> payloads) {
        var list = new ArrayList<Watched>();
        for (Viewers.Seen each : seen) {
            each.output().forEach((key, told) -> {
                Payload payload = payloads.get(key.recordId());
                if (payload != null) {
                    var pieces = new Pieces(payload.output(key.recordId() + "-" + key.attempt(), key.stream()));
                    told.forEach(
                            piece -> pieces.add(piece.offset(), piece.text().getBytes(StandardCharsets.UTF_8)));
                    list.add(new Watched(
                            each.taskId(),
                            each.whole(),
                            key.recordId(),
                            key.attempt(),
                            key.stream(),
                            pieces.ranges(),
                            pieces.wrongAt()));
                }
            });
        }
        return list;
    }

    // ---- the API ----

    /** Of so many of the records whose last attempt has output that all is done in seconds. */
    private List<Raw> raw(List<Stored> outputs, List<ExecutionRecord> records) {
        Map<UUID, ExecutionRecord> byId =
                records.stream().collect(Collectors.toMap(ExecutionRecord::id, Function.identity()));
        List<Stored> readable = outputs.stream()
                .filter(each -> byId.get(each.recordId()).attempt() == each.attempt())
                .toList();
        var list = new ArrayList<Raw>();
        for (int i = 0; i < readable.size(); i += 1 + readable.size() / MOST_RAW) {
            Stored each = readable.get(i);
            byte[] answered = api.getBytes("/script-execution-records/" + each.recordId()
                            + "/output?limit=16777216&stream=" + each.stream())
                    .body();
            byte[] printed =
                    byId.get(each.recordId()).payload().output(each.recordId() + "-" + each.attempt(), each.stream());
            list.add(new Raw(
                    each.recordId(),
                    each.attempt(),
                    each.stream(),
                    Arrays.equals(answered, Pieces.of(printed, each.ranges()))));
        }
        return list;
    }

    private History.Lists lists() {
        var taskCount = new int[1];
        var recordCount = new int[1];
        List<Map.Entry<UUID, String>> tasks = list(
                "/script-execution-tasks",
                "script_tasks",
                taskCount,
                task -> task.getInteger("success_num") + "/" + task.getInteger("failed_num") + "/"
                        + task.getInteger("skip_num"));
        List<Map.Entry<UUID, String>> records = list(
                "/script-execution-records",
                "script_records",
                recordCount,
                record -> record.getString("status") + " " + record.getString("result_code") + " "
                        + record.getInteger("attempt"));
        return new History.Lists(taskCount[0], tasks, recordCount[0], records);
    }

    private List<Map.Entry<UUID, String>> list(
            String path, String rows, int[] count, Function<JsonObject, String> words) {
        var list = new ArrayList<Map.Entry<UUID, String>>();
        while (true) {
            JsonObject page = api.get(path + "?offset=" + list.size() + "&limit=" + PAGE);
            count[0] = page.getInteger("count");
            JsonArray array = page.getJsonArray(rows);
            for (int i = 0; i < array.size(); i++) {
                JsonObject row = array.getJsonObject(i);
                list.add(Map.entry(UUID.fromString(row.getString("id")), words.apply(row)));
            }
            if (array.size() < PAGE) {
                return list;
            }
        }
    }

    /** How the records ended, for the summary. */
    static Map<String, Long> byCode(History history) {
        var counts = new HashMap<String, Long>();
        history.records().forEach(record -> counts.merge(record.status() + " " + record.code(), 1L, Long::sum));
        return counts;
    }
}
