import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds what the database says against itself and against what the agents counted: every record ended, counters equal rows,
 * every attempt was started exactly once, every byte of output is there once and without a gap. Reads the tables, not the
 * API, so that one mistake cannot hide in both.
 */
final class Ledger {
    private static final String TASKS_UNLIKE_THEIR_ROWS =
            """
            SELECT t.id || ' is ' || t.status || ' with total ' || t.total || ', success ' || t.success_num || ', failed '
                   || t.failed_num || ', skip ' || t.skip_num || ', but of ' || count(r.id) || ' records '
                   || count(*) FILTER (WHERE r.status = 'SUCCESS') || ' are SUCCESS, '
                   || count(*) FILTER (WHERE r.status = 'FAILED') || ' FAILED, '
                   || count(*) FILTER (WHERE r.status = 'SKIP') || ' SKIP'
            FROM execution_tasks t LEFT JOIN execution_records r ON r.task_id = t.id
            GROUP BY t.id
            HAVING t.total <> count(r.id)
                OR t.success_num <> count(*) FILTER (WHERE r.status = 'SUCCESS')
                OR t.failed_num <> count(*) FILTER (WHERE r.status = 'FAILED')
                OR t.skip_num <> count(*) FILTER (WHERE r.status = 'SKIP')
                OR t.total <> t.success_num + t.failed_num + t.skip_num
                OR t.end_time IS NULL
                OR t.status <> CASE WHEN t.failed_num = 0 AND t.success_num > 0 THEN 'SUCCESS' ELSE 'FAILED' END
            """;

    private static final String RECORDS_IN_AN_IMPOSSIBLE_STATE =
            """
            SELECT id || '/' || attempt || ' is ' || status || ' ' || coalesce(result_code, 'without a result')
            FROM execution_records
            WHERE end_time IS NULL OR result_code IS NULL
               OR (status = 'SUCCESS' AND (result_code <> 'EXITED' OR exit_code <> 0 OR start_time IS NULL))
               OR (status = 'FAILED' AND result_code = 'EXITED' AND exit_code = 0)
            """;

    /** Nothing else is ordered here than what runs to its end, or is skipped behind a gate that closed. */
    private static final String RECORDS_THAT_DID_NOT_RUN =
            """
            SELECT r.id || '/' || r.attempt || ' is ' || r.status || ' ' || coalesce(r.result_code, '') || ' ' || r.reason
            FROM execution_records r JOIN execution_tasks t ON t.id = r.task_id
            WHERE r.result_code IS DISTINCT FROM 'EXITED'
              AND NOT (r.status = 'SKIP' AND r.result_code = 'GRAY_HALTED' AND r.attempt = 0 AND t.gate = 'CLOSED')
            """;

    private static final String WORK_LEFT =
            "SELECT record_id || '/' || attempt || ' is still queued' FROM record_work";

    /** Simulated agents are in a pool, real ones are not. */
    private static final String COUNT_ATTEMPTS =
            """
            SELECT coalesce(sum(r.attempt), 0)
            FROM execution_records r JOIN desktops d ON d.id = r.desktop_id WHERE d.pool_id IS NOT NULL
            """;

    private static final String OUTPUTS_WITH_A_GAP =
            """
            SELECT r.id || '/' || r.attempt || ' wrote ' || r.stdout_bytes || ' bytes; stored are ' || count(c.seq)
                   || ' chunks with ' || coalesce(sum(length(c.bytes)), 0) || ' bytes, from ' || coalesce(min(c.start_at), 0)
                   || ' to ' || coalesce(max(c.start_at + length(c.bytes)), 0)
            FROM execution_records r
            LEFT JOIN output_chunks c ON c.record_id = r.id AND c.attempt = r.attempt
            WHERE r.stdout_bytes > 0
            GROUP BY r.id
            HAVING coalesce(sum(length(c.bytes)), 0) <> least(r.stdout_bytes, 1048576)
                OR count(c.seq) <> coalesce(max(c.seq), -1) + 1
                OR coalesce(min(c.start_at), 0) <> 0
                OR coalesce(max(c.start_at + length(c.bytes)), 0) <> r.stdout_bytes
            """;

    private static final String COUNT_OUTPUT_BYTES = "SELECT coalesce(sum(length(bytes)), 0) FROM output_chunks";

    private final Node node;

    Ledger(Node node) {
        this.node = node;
    }

    /** Bytes of output that are committed. */
    long outputBytes() throws IOException, SQLException {
        return Long.parseLong(ask(COUNT_OUTPUT_BYTES).get(0));
    }

    /** When nothing is under way any more. {@code fleets} are all simulated agents that this control plane has had. */
    void check(Report report, List<Fleet> fleets) throws IOException, InterruptedException, SQLException {
        none(report, "a task's counters are not its rows", TASKS_UNLIKE_THEIR_ROWS);
        none(report, "a record is in an impossible state", RECORDS_IN_AN_IMPOSSIBLE_STATE);
        none(report, "a record did not run to its end", RECORDS_THAT_DID_NOT_RUN);
        none(report, "output was lost or doubled", OUTPUTS_WITH_A_GAP);
        none(report, "work is left behind", WORK_LEFT);
        for (Fleet fleet : fleets) {
            try {
                fleet.await("the agents may forget what they ran", 30, now -> now.getLong("held") == 0);
            } catch (IOException e) {
                report.wrong(e.getMessage());
            }
        }
        Thread.sleep(300); // the figures are a tenth of a second behind
        long attempts = Long.parseLong(ask(COUNT_ATTEMPTS).get(0));
        long started = sum(fleets, "started");
        report.expect(started == attempts, "the database knows " + attempts + " attempts, the agents started " + started);
        report.expect(sum(fleets, "doubled_starts") == 0, sum(fleets, "doubled_starts") + " starts were doubled");
        report.expect(sum(fleets, "bad_signatures") == 0, sum(fleets, "bad_signatures") + " orders were badly signed");
    }

    private static long sum(List<Fleet> fleets, String figure) throws IOException {
        long sum = 0;
        for (Fleet fleet : fleets) {
            sum += fleet.figures().getLong(figure);
        }
        return sum;
    }

    private void none(Report report, String what, String query) throws IOException, SQLException {
        List<String> found = ask(query);
        if (!found.isEmpty()) {
            report.wrong(what + ", " + found.size() + " times: " + String.join("; ", found.subList(0, Math.min(3, found.size()))));
        }
    }

    private List<String> ask(String query) throws IOException, SQLException {
        var answers = new ArrayList<String>();
        try (Connection connection = node.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                answers.add(rows.getString(1));
            }
        }
        return answers;
    }
}
