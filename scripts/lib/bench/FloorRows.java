import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * The rows of a command, in a schema of their own in the control plane's database, on one connection, each step one statement
 * that is durable when it returns. Ids are ordered in time and pages have room, so that every UPDATE stays on its page.
 */
final class FloorRows {
    private static final String MAKE =
            """
            DROP SCHEMA IF EXISTS bench_floor CASCADE;
            CREATE SCHEMA bench_floor;
            CREATE TABLE bench_floor.tasks (
                id uuid PRIMARY KEY, project_id text NOT NULL, command_content text NOT NULL, command_type text NOT NULL,
                resource_ids uuid[] NOT NULL, status text NOT NULL, total integer NOT NULL,
                success_num integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(),
                start_time timestamptz, end_time timestamptz);
            CREATE TABLE bench_floor.records (
                id uuid PRIMARY KEY, task_id uuid NOT NULL, project_id text NOT NULL, queue_no bigint NOT NULL,
                desktop_id uuid NOT NULL, desktop_name text NOT NULL, script_index integer NOT NULL, batch smallint NOT NULL,
                status text NOT NULL, attempt integer NOT NULL DEFAULT 0, start_time timestamptz, end_time timestamptz,
                result_code text, exit_code integer, reason text NOT NULL DEFAULT '', stdout_bytes bigint NOT NULL DEFAULT 0,
                stderr_bytes bigint NOT NULL DEFAULT 0, console_charset text NOT NULL DEFAULT 'UTF-8') WITH (fillfactor = 45);
            """;

    private static final String DROP = "DROP SCHEMA bench_floor CASCADE";

    private static final String INSERT =
            """
            WITH task AS (
                INSERT INTO bench_floor.tasks (id, project_id, command_content, command_type, resource_ids, status, total)
                VALUES ($1, $2, 'echo bench', 'SHELL', $4, 'RUNNING', cardinality($4::uuid[])))
            INSERT INTO bench_floor.records
                (id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch, status)
            SELECT n.id, $1, $2, 1, n.desktop_id, n.name, 0, 0, 'WAITING'
            FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS n (id, desktop_id, name)
            """;

    private static final String CLAIM =
            """
            UPDATE bench_floor.records SET attempt = attempt + 1
            WHERE id = ANY ($1::uuid[]) AND status = 'WAITING' RETURNING id, desktop_id
            """;

    private static final String CLOSE =
            """
            WITH closed AS (
                UPDATE bench_floor.records
                SET status = 'SUCCESS', result_code = 'EXITED', exit_code = 0, start_time = now(), end_time = now()
                WHERE id = ANY ($2::uuid[]) AND status = 'WAITING' AND attempt = 1 RETURNING 1)
            UPDATE bench_floor.tasks SET success_num = success_num + (SELECT count(*) FROM closed), status = 'SUCCESS',
                start_time = now(), end_time = now()
            WHERE id = $1
            """;

    private static final String PROJECT = "0123456789abcdef0123456789abcdef";

    private final PgConnection connection;
    private final UUID[] desktops;
    private final String[] names;
    private final AtomicLong numbers = new AtomicLong(System.currentTimeMillis() << 20);
    private UUID task;
    private UUID[] records;

    FloorRows(Vertx vertx, String uri, int number) throws Exception {
        this.connection = FloorSockets.await(
                PgConnection.connect(vertx, PgConnectOptions.fromUri(uri).setCachePreparedStatements(true)));
        this.desktops = IntStream.range(0, number).mapToObj(i -> UUID.randomUUID()).toArray(UUID[]::new);
        this.names = IntStream.range(0, number).mapToObj(i -> "swarm-" + (10_000 + i)).toArray(String[]::new);
        FloorSockets.await(connection.query(MAKE).execute());
    }

    void insert() throws Exception {
        task = UUID.randomUUID();
        records = Arrays.stream(desktops)
                .map(each -> new UUID(numbers.incrementAndGet(), each.getLeastSignificantBits()))
                .toArray(UUID[]::new);
        run(INSERT, Tuple.of(task, PROJECT, records, desktops, names));
    }

    void claim() throws Exception {
        RowSet<Row> claimed = run(CLAIM, Tuple.tuple().addArrayOfUUID(records));
        if (claimed.size() != records.length) {
            throw new IllegalStateException(claimed.size() + " of " + records.length + " claimed");
        }
    }

    void close() throws Exception {
        run(CLOSE, Tuple.tuple().addUUID(task).addArrayOfUUID(records));
    }

    void drop() throws Exception {
        FloorSockets.await(connection.query(DROP).execute());
    }

    private RowSet<Row> run(String statement, Tuple parameters) throws Exception {
        return FloorSockets.await(connection.preparedQuery(statement).execute(parameters));
    }
}
