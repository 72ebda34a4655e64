import io.vertx.pgclient.PgConnectOptions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What the database says when nothing is under way any more, against what callers and agents were told. */
final class Books {
    private static final String NOT_ENDED = "SELECT count(*) FROM execution_tasks WHERE end_time IS NULL";

    private static final String NOT_SUCCESS =
            """
            SELECT status || ' ' || coalesce(result_code, '') || ', attempt ' || attempt || ', ' || count(*) || ' times, such as '
                   || min(id::text) || ': ' || coalesce(min(reason), '')
            FROM execution_records WHERE status <> 'SUCCESS' OR result_code <> 'EXITED' OR attempt <> 1
            GROUP BY status, result_code, attempt
            """;

    private static final String WRONG_COUNTERS =
            """
            SELECT t.id || ' is ' || t.status FROM execution_tasks t LEFT JOIN execution_records r ON r.task_id = t.id
            GROUP BY t.id
            HAVING t.total <> count(r.id) OR t.status <> 'SUCCESS' OR t.success_num <> t.total
                OR t.success_num <> count(*) FILTER (WHERE r.status = 'SUCCESS')
            """;

    private static final String WITHOUT_OUTPUT =
            """
            SELECT r.id || ' has ' || r.stdout_bytes || ' bytes of output' FROM execution_records r
            LEFT JOIN output_chunks c ON c.record_id = r.id AND c.attempt = r.attempt
            GROUP BY r.id
            HAVING r.stdout_bytes <> 200 OR coalesce(sum(length(c.bytes)), 0) <> 200
            """;

    private static final String LEFT = "SELECT record_id::text FROM record_work";

    private final PgConnectOptions connect;

    Books(PgConnectOptions connect) {
        this.connect = connect;
    }

    boolean allEnded() throws SQLException {
        return ask(NOT_ENDED).equals(List.of("0"));
    }

    long count(String table) throws SQLException {
        return Long.parseLong(ask("SELECT count(*) FROM " + table).get(0));
    }

    /** Sentences; none when all is well. */
    List<String> complaints(List<String> acknowledged, long started, long doubled) throws SQLException {
        var wrong = new ArrayList<String>();
        tell(wrong, "records that are not SUCCESS at the first attempt", ask(NOT_SUCCESS));
        tell(wrong, "tasks whose counters are not their rows", ask(WRONG_COUNTERS));
        tell(wrong, "records without their output", ask(WITHOUT_OUTPUT));
        tell(wrong, "work that is left", ask(LEFT));
        var known = ask("SELECT id::text FROM execution_tasks");
        tell(wrong, "tasks that were acknowledged and are not there",
                acknowledged.stream().filter(task -> !known.contains(task)).toList());
        long records = count("execution_records");
        if (started != records) {
            wrong.add("the agents started " + started + " scripts for " + records + " records");
        }
        if (doubled != 0) {
            wrong.add(doubled + " starts were doubled");
        }
        return wrong;
    }

    private static void tell(List<String> wrong, String what, List<String> found) {
        if (!found.isEmpty()) {
            wrong.add(what + ", " + found.size() + ": " + String.join("; ", found.subList(0, Math.min(3, found.size()))));
        }
    }

    private List<String> ask(String query) throws SQLException {
        var answers = new ArrayList<String>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + connect.getPort() + "/" + connect.getDatabase(),
                        connect.getUser(), connect.getPassword());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                answers.add(rows.getString(1));
            }
        }
        return answers;
    }
}
