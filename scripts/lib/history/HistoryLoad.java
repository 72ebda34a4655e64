import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Fills the embedded database of a running control plane with a history: tasks of all sizes from one desktop to all of
 * them, spread evenly over 90 days, made by hashing a seed, so that the same call makes the same history. For measuring
 * only: triggers are off while it loads and the secondary indexes of the large tables are dropped and made again.
 *
 * <pre>HistoryLoad DATA_DIR [--records N] [--seed S]</pre>
 *
 * DATA_DIR is that of the control plane; N, 2,000,000 unless said otherwise and 20,000,000 at most, is met within a tenth
 * from a million on (fewer become more, for the ten large tasks), with a task for ten of N. Its last line is JSON: what was
 * loaded and how long it took.
 */
final class HistoryLoad {
    private static final long MOST_RECORDS = 20_000_000;
    private static final List<String> LARGE =
            List.of("execution_tasks", "execution_records", "execution_task_scripts", "record_attempts");

    private static final String HASH =
            """
            CREATE OR REPLACE FUNCTION pg_temp.h(n bigint, salt int) RETURNS int LANGUAGE sql IMMUTABLE AS
            $$ SELECT (hashint8extended(n, :seed * 1000 + salt) & 2147483647)::int $$;
            CREATE OR REPLACE FUNCTION pg_temp.id(at timestamptz, n bigint, salt int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
            $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
                       || lpad(to_hex(n & 4095), 3, '0') || '8' || lpad(to_hex((n >> 12) & 268435455), 7, '0')
                       || lpad(to_hex(hashint8extended(n, :seed + salt) & 4294967295), 8, '0'))::uuid $$
            """;

    /** 15,000 desktops in 30 pools, 500 scripts of which a tenth has a second version. */
    private static final String FLEET =
            """
            INSERT INTO desktop_pools (project_id, name, type)
            SELECT :project, 'pool-' || n, 'STATIC' FROM generate_series(1, 30) n ON CONFLICT DO NOTHING;
            INSERT INTO desktops (project_id, pool_id, computer_name, public_key, machine_id, host, boot_id, script_types,
                                  created_at)
            SELECT :project, p.id, 'desk-' || lpad(n::text, 5, '0'), 'history-' || n, 'm-' || n,
                   jsonb_build_object('os_type', 'Linux', 'os_name', 'Linux', 'os_version', '1', 'architecture', 'amd64',
                       'hostname', 'desk-' || n, 'machine_id', 'm-' || n, 'boot_id', 'b', 'boot_time', now(),
                       'cpu', jsonb_build_object('model', 'x', 'physical_cores', 2, 'logical_cores', 4),
                       'memory_bytes', 8589934592, 'disks', '[]'::jsonb,
                       'interfaces', jsonb_build_array(jsonb_build_object('name', 'eth0', 'mac', '02:00:00:00:00:01',
                           'ipv4', jsonb_build_array('10.1.' || n / 250 || '.' || n % 250 + 1), 'ipv6', '[]'::jsonb)),
                       'users', CASE WHEN n % 3 = 0
                           THEN jsonb_build_array(jsonb_build_object('name', 'user-' || n, 'terminal', '', 'host', '',
                                                                     'since', now()))
                           ELSE '[]'::jsonb END),
                   'b', '{SHELL}', now() - interval '91 days' + n * interval '1 second'
            FROM generate_series(0, 14999) n JOIN desktop_pools p ON p.project_id = :project AND p.name = 'pool-' || n / 500 + 1
            ON CONFLICT DO NOTHING;
            CREATE TEMP TABLE fleet AS
            SELECT row_number() OVER (ORDER BY computer_name)::int - 1 AS n, id, computer_name AS name, pool_id
            FROM desktops WHERE project_id = :project AND public_key LIKE 'history-%';
            CREATE UNIQUE INDEX ON fleet (n);
            BEGIN;
            SET CONSTRAINTS ALL DEFERRED;
            INSERT INTO scripts (project_id, type, version_no, created_at)
            SELECT :project, 'SHELL', CASE WHEN n % 10 = 0 THEN 2 ELSE 1 END, now() - interval '91 days' + n * interval '1 minute'
            FROM generate_series(0, 499) n;
            CREATE TEMP TABLE texts AS
            SELECT row_number() OVER (ORDER BY created_at, id)::int - 1 AS n, id, version_no FROM scripts
            WHERE project_id = :project ORDER BY created_at, id LIMIT 500;
            INSERT INTO script_versions (script_id, version_no, name, content)
            SELECT x.id, v, (ARRAY['update', 'inventory', 'clean', 'check', 'install'])[x.n % 5 + 1] || '-' || x.n,
                   '#!/bin/sh' || chr(10) || repeat('echo ' || x.n || chr(10), 40)
            FROM texts x, generate_series(1, x.version_no) v;
            COMMIT;
            CREATE UNIQUE INDEX ON texts (n)
            """;

    /** Sizes: 90 % one desktop, 8 % twenty, 1.8 % two hundred, 0.2 % fifteen hundred, ten tasks everybody. */
    private static final String PLAN =
            """
            CREATE TEMP TABLE plan AS
            SELECT n, pg_temp.id(at, n, 1) AS task, q, at, scripts, start, long,
                   CASE WHEN grouped THEN least(size, 500) ELSE size END AS size, grouped,
                   CASE WHEN gray AND size >= 20 THEN size / 10 ELSE 0 END AS gray,
                   n > :tasks - 40 AS active
            FROM (SELECT n, :base + n AS q, now() - interval '90 days' + (interval '90 days' * n / (:tasks + 1)) AS at,
                         CASE WHEN pg_temp.h(n, 1) % 10 < 4 THEN 0 WHEN pg_temp.h(n, 1) % 10 < 9
                                   OR n > :tasks - 40 THEN 1 ELSE 2 END AS scripts,
                         CASE WHEN n % (:tasks / 10) = 7 THEN 15000
                              WHEN n > :tasks - 40 THEN 1
                              WHEN pg_temp.h(n, 2) % 1000 < 900 THEN 1 WHEN pg_temp.h(n, 2) % 1000 < 980 THEN 20
                              WHEN pg_temp.h(n, 2) % 1000 < 998 THEN 200 ELSE 1500 END AS size,
                         pg_temp.h(n, 3) % 30 * 500 AS start,
                         pg_temp.h(n, 4) % 2 = 0 AND n % (:tasks / 10) <> 7 AND pg_temp.h(n, 2) % 1000 >= 900 AS grouped,
                         pg_temp.h(n, 5) % 20 = 0 AS gray, pg_temp.h(n, 6) % 200 = 0 AS long
                  FROM generate_series(1, :tasks::bigint) n) AS made
            """;

    private static final String RECORDS =
            """
            CREATE TEMP TABLE made AS
            SELECT p.n, p.task, p.q, p.at, k.k, s.s, p.long, p.active, p.n * 16384 + k.k * 4 + s.s AS r,
                   CASE WHEN p.active THEN :tasks - p.n WHEN p.size = 1 THEN (p.start + pg_temp.h(p.n, 7) % 500) ELSE (p.start + k.k) % 15000 END AS desk,
                   CASE WHEN p.gray = 0 THEN 0 WHEN k.k < p.gray THEN 1 ELSE 2 END AS batch,
                   CASE WHEN p.active THEN CASE WHEN p.n % 2 = 0 THEN 'RUNNING' ELSE 'WAITING' END
                        WHEN pg_temp.h(p.n * 16384 + k.k * 4 + s.s, 8) % 1000 < 940 THEN 'SUCCESS'
                        WHEN pg_temp.h(p.n * 16384 + k.k * 4 + s.s, 8) % 1000 < 990 THEN 'FAILED'
                        ELSE 'SKIP' END AS status
            FROM plan p, generate_series(0, p.size - 1) k, generate_series(0, greatest(p.scripts, 1) - 1) s
            """;

    private static final String TASKS =
            """
            INSERT INTO execution_tasks (id, project_id, queue_no, task_type, command_content, command_type,
                resource_group_type, resource_group_id, resource_group_name, resource_ids, gray_resource_ids, start_timeout,
                execution_timeout, status, gate, total, success_num, failed_num, skip_num, gray_total, gray_ended,
                gray_failed, created_by, created_at, start_time, end_time)
            OVERRIDING SYSTEM VALUE
            SELECT p.task, :project, p.q, CASE WHEN p.scripts = 0 THEN 'COMMAND' ELSE 'SCRIPT' END,
                   CASE WHEN p.scripts = 0 THEN 'echo ' || repeat('x', 20 + (p.n % 200)::int) END,
                   CASE WHEN p.scripts = 0 THEN 'SHELL' END,
                   CASE WHEN p.grouped THEN 'DESKTOP_POOL' END,
                   CASE WHEN p.grouped THEN (SELECT pool_id::text FROM fleet WHERE n = p.start) END,
                   CASE WHEN p.grouped THEN 'pool-' || p.start / 500 + 1 END,
                   ARRAY(SELECT f.id FROM fleet f WHERE f.n >= p.start AND f.n < p.start + p.size),
                   CASE WHEN p.gray = 0 THEN '{}'::uuid[]
                        ELSE ARRAY(SELECT f.id FROM fleet f WHERE f.n >= p.start AND f.n < p.start + p.gray) END,
                   10, 1,
                   CASE WHEN p.active THEN CASE WHEN p.n % 2 = 0 THEN 'RUNNING' ELSE 'WAITING' END
                        WHEN c.f = 0 AND c.s > 0 THEN 'SUCCESS' ELSE 'FAILED' END,
                   CASE WHEN p.gray = 0 THEN 'NONE' ELSE 'OPEN' END,
                   c.total, c.s, c.f, c.k, c.g, c.g, c.gf, 'history', p.at,
                   CASE WHEN NOT p.active OR p.n % 2 = 0 THEN p.at + interval '1 second' END,
                   CASE WHEN NOT p.active THEN p.at + CASE WHEN p.long THEN interval '2 days' ELSE interval '1 minute' END END
            FROM plan p JOIN (
                SELECT n, count(*) AS total, count(*) FILTER (WHERE status = 'SUCCESS') AS s,
                       count(*) FILTER (WHERE status = 'FAILED') AS f, count(*) FILTER (WHERE status = 'SKIP') AS k,
                       count(*) FILTER (WHERE batch = 1) AS g, count(*) FILTER (WHERE batch = 1 AND status = 'FAILED') AS gf
                FROM made GROUP BY n) c ON c.n = p.n
            ORDER BY p.n
            """;

    private static final String TASK_SCRIPTS =
            """
            INSERT INTO execution_task_scripts (task_id, script_index, script_id, version_no, queue_no)
            SELECT p.task, s, x.id, 1 + (pg_temp.h(p.n, 10) % x.version_no), p.q
            FROM plan p, generate_series(0, p.scripts - 1) s JOIN texts x ON true
            WHERE x.n = (pg_temp.h(p.n, 9) + s) % 500 ORDER BY p.n, s
            """;

    private static final String INSERT_RECORDS =
            """
            INSERT INTO execution_records (id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index, batch,
                status, attempt, start_time, end_time, result_code, exit_code, reason,
                stdout_bytes)
            SELECT pg_temp.id(m.at, m.r, 2), m.task, :project, m.q, f.id, f.name, m.s, m.batch, m.status, CASE m.status WHEN 'WAITING' THEN 0 WHEN 'SKIP' THEN 0 ELSE CASE WHEN m.long THEN 2 ELSE 1 END END,
                   CASE WHEN m.status IN ('RUNNING', 'SUCCESS', 'FAILED') THEN m.began END,
                   CASE WHEN m.status IN ('SUCCESS', 'FAILED', 'SKIP') THEN m.began + interval '20 seconds' END,
                   CASE m.status WHEN 'SKIP' THEN 'OFFLINE' WHEN 'SUCCESS' THEN 'EXITED' WHEN 'FAILED' THEN 'EXITED' END,
                   CASE m.status WHEN 'SUCCESS' THEN 0 WHEN 'FAILED' THEN 1 END,
                   CASE m.status WHEN 'FAILED' THEN 'exit code 1' ELSE '' END,
                   CASE m.status WHEN 'SKIP' THEN 0 ELSE 10 + pg_temp.h(m.r, 11) % 500 END
            FROM (SELECT *, at + CASE WHEN long THEN interval '2 days' - interval '30 seconds' ELSE interval '1 second' END
                             AS began FROM made) m JOIN fleet f ON f.n = m.desk
            """;

    private static final String WORK =
            """
            INSERT INTO record_work (record_id, task_id, desktop_id, queue_no, script_index, batch, open, busy, attempt,
                                     claimed_at, deadline)
            SELECT id, task_id, desktop_id, queue_no, script_index, batch, true, status = 'RUNNING', attempt, start_time,
                   now() + interval '1 day'
            FROM execution_records WHERE status IN ('WAITING', 'RUNNING') AND queue_no > :base
            """;

    private static final String ATTEMPTS =
            """
            INSERT INTO record_attempts (record_id, attempt, status, result_code, exit_code, reason, start_time, end_time,
                stdout_bytes, stderr_bytes)
            SELECT pg_temp.id(m.at, m.r, 2), 1, 'FAILED', 'EXITED', 1, 'exit code 1', m.at + interval '1 second',
                   m.at + interval '5 seconds', 10, 0
            FROM made m WHERE m.long AND m.status IN ('SUCCESS', 'FAILED')
            """;

    private static final String TOTALS =
            """
            INSERT INTO execution_totals
            SELECT project_id, task_type, resource_group_type, resource_group_id, count(*), sum(total), sum(gray_total)
            FROM execution_tasks WHERE created_by = 'history' AND queue_no > :base GROUP BY 1, 2, 3, 4;
            SELECT setval(pg_get_serial_sequence('execution_tasks', 'queue_no'), (SELECT max(queue_no) FROM execution_tasks))
            """;

    private static final String SECONDARY =
            """
            SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = ?::regclass
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
            """;

    private final Statement sql;
    private final Map<String, String> values;

    private HistoryLoad(Statement sql, Map<String, String> values) {
        this.sql = sql;
        this.values = values;
    }

    public static void main(String[] args) throws Exception {
        long records = 2_000_000;
        long seed = 1;
        for (int i = 1; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--records" -> records = Long.parseLong(args[i + 1]);
                case "--seed" -> seed = Long.parseLong(args[i + 1]);
                default -> throw new IllegalArgumentException("there is no option " + args[i]);
            }
        }
        if (args.length % 2 != 1 || records < 10_000 || records > MOST_RECORDS) {
            throw new IllegalArgumentException(
                    "use: HistoryLoad DATA_DIR [--records 10000.." + MOST_RECORDS + "] [--seed S]");
        }
        Path data = Path.of(args[0]);
        String project = new JsonObject(Files.readString(data.resolve("bootstrap.json"))).getString("project_id");
        if (!project.matches("[0-9a-f]{32}")) {
            throw new IllegalStateException("no project in bootstrap.json");
        }
        try (Connection connection = connect(data);
                Statement statement = connection.createStatement()) {
            long base = number(statement, "SELECT coalesce(max(queue_no), 0) FROM execution_tasks");
            new HistoryLoad(
                            statement,
                            Map.of(
                                    ":project", "'" + project + "'",
                                    ":tasks", String.valueOf(records / 10),
                                    ":base", String.valueOf(base),
                                    ":seed", String.valueOf(seed)))
                    .run();
        }
    }

    /** With the password and the port that the embedded server left in its folder. */
    static Connection connect(Path data) throws Exception {
        String password =
                Files.readString(data.resolve("postgres").resolve("password")).strip();
        String port = Files.readAllLines(data.resolve("postgres/data/postmaster.pid"))
                .get(3)
                .strip();
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres", "deskwave", password);
    }

    private void run() throws SQLException {
        long began = System.nanoTime();
        step("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB';"
                + " SET temp_buffers = '256MB'; SET synchronous_commit = off; SET max_parallel_maintenance_workers = 2");
        // A join that keeps the order of what was made: a sort of all records would take longer than the rest.
        step("SET max_parallel_workers_per_gather = 0; SET enable_mergejoin = off");
        step(HASH);
        step(FLEET);
        List<String> indexes = dropIndexes();
        step(PLAN);
        step("ANALYZE plan; ANALYZE fleet; ANALYZE texts");
        step(RECORDS);
        step("ANALYZE made");
        step(TASKS);
        step(TASK_SCRIPTS);
        step(INSERT_RECORDS);
        step(WORK);
        step(ATTEMPTS);
        step(TOTALS);
        step("DROP TABLE made; DROP TABLE plan; RESET max_parallel_workers_per_gather; RESET enable_mergejoin");
        for (String index : indexes) {
            step(index);
        }
        for (String table : LARGE) {
            step("VACUUM (FREEZE, ANALYZE) " + table);
        }
        step("ANALYZE");
        step("CHECKPOINT");
        System.out.println(new JsonObject()
                .put("tasks", number(sql, "SELECT sum(tasks)::bigint FROM execution_totals"))
                .put("records", number(sql, "SELECT sum(records)::bigint FROM execution_totals"))
                .put("database_bytes", number(sql, "SELECT pg_database_size(current_database())"))
                .put("seconds", (System.nanoTime() - began) / 1_000_000_000)
                .encode());
    }

    /** Drops what is quicker made again than kept up to date; answers how to make it. */
    private List<String> dropIndexes() throws SQLException {
        var definitions = new ArrayList<String>();
        for (String table : LARGE) {
            var names = new ArrayList<String>();
            try (ResultSet found = sql.executeQuery(SECONDARY.replace("?", "'" + table + "'"))) {
                while (found.next()) {
                    names.add(found.getString(1));
                    definitions.add(found.getString(2));
                }
            }
            for (String name : names) {
                step("DROP INDEX " + name);
            }
        }
        return definitions;
    }

    private void step(String template) throws SQLException {
        String text = template;
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace(value.getKey(), value.getValue());
        }
        long began = System.nanoTime();
        sql.execute(text);
        String first = template.strip().lines().findFirst().orElse("");
        System.err.printf(
                Locale.ROOT,
                "%6.1f s  %s%n",
                (System.nanoTime() - began) / 1e9,
                first.substring(0, Math.min(90, first.length())));
    }

    private static long number(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }
}
