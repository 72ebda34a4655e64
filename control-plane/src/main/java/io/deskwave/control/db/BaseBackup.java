package io.deskwave.control.db;

import io.vertx.pgclient.PgConnectOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A running PostgreSQL held in the state in which its files may be copied, from {@link #begin} to {@link #stop}: the session
 * that begins must end it. A temporary replication slot keeps the write-ahead log that has to go with the copy; it goes
 * with the session, however that ends. (The replication protocol would send the files itself, as {@code pg_basebackup} asks it
 * to, but our driver cannot read its answer; and the files are here.) Blocks.
 */
public final class BaseBackup implements AutoCloseable {
    private static final String KEEP_LOG =
            "SELECT pg_create_physical_replication_slot('deskwave_backup_' || pg_backend_pid(), true, true)";

    private static final String START = "SELECT pg_walfile_name(pg_backup_start('deskwave', true))";

    private static final String NOW = "SELECT clock_timestamp()";

    /** The position is that after the last byte; on the border of two files it is in the second. */
    private static final String STOP =
            """
            SELECT labelfile, spcmapfile, pg_walfile_name(lsn - 1) AS last_log
            FROM pg_backup_stop(wait_for_archive => false)
            """;

    private static final String LOG_FILE_BYTES =
            "SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'";

    /** The log was kept up to here: the server ends the session before it lets go of any. */
    private static final String HAS_KEPT_LOG =
            "SELECT count(*) = 1 FROM pg_replication_slots WHERE active_pid = pg_backend_pid() AND wal_status <> 'lost'";

    private static final String ENDED_BY_THE_SERVER = "57P01";
    private static final String LOG_IS_GONE =
            "the embedded PostgreSQL gave the backup up, since it was stopped, or since the backup took so long that the "
                    + "write-ahead log would have outgrown 8 GB: back up onto a faster disk, or when less is going on";

    private static final int CONNECT_SECONDS = 10;

    /** Longer than a checkpoint takes, which every backup begins with. */
    private static final int SILENT_SECONDS = 300;

    private final Connection session;
    private final String firstLog;

    private BaseBackup(Connection session, String firstLog) {
        this.session = session;
        this.firstLog = firstLog;
    }

    /**
     * What has to go with the copied files.
     *
     * @param label the content of {@code backup_label}
     * @param logFiles the names of the files of {@code pg_wal}, all of them
     * @param takenAt everything that was committed before is in it
     */
    public record Stopped(String label, List<String> logFiles, Instant takenAt) {
        public Stopped {
            logFiles = List.copyOf(logFiles);
        }
    }

    public static BaseBackup begin(PgConnectOptions connect) {
        return begin(connect, SILENT_SECONDS);
    }

    static BaseBackup begin(PgConnectOptions connect, int silentSeconds) {
        PGSimpleDataSource source = source(connect);
        source.setSocketTimeout(silentSeconds);
        try {
            Connection session = source.getConnection();
            try (Statement statement = session.createStatement()) {
                statement.execute(KEEP_LOG);
                return new BaseBackup(session, value(statement, START, String.class));
            } catch (SQLException e) {
                session.close();
                throw e;
            }
        } catch (SQLException e) {
            throw fault(e);
        }
    }

    private static PGSimpleDataSource source(PgConnectOptions connect) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {connect.getHost()});
        source.setPortNumbers(new int[] {connect.getPort()});
        source.setDatabaseName(connect.getDatabase());
        source.setUser(connect.getUser());
        source.setPassword(connect.getPassword());
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setTcpKeepAlive(true);
        source.setApplicationName("deskwave-backup");
        return source;
    }

    /** Once everything is copied. */
    public Stopped stop() {
        try (Statement statement = session.createStatement()) {
            Instant takenAt = value(statement, NOW, OffsetDateTime.class).toInstant();
            long logFileBytes = value(statement, LOG_FILE_BYTES, Long.class);
            try (ResultSet rows = statement.executeQuery(STOP)) {
                rows.next();
                if (!String.valueOf(rows.getString("spcmapfile")).isBlank()) {
                    throw new DatabaseFault("the embedded PostgreSQL has tablespaces outside of its folder, which a "
                            + "backup does not hold: move what is in them back");
                }
                return new Stopped(
                        rows.getString("labelfile"),
                        logFiles(firstLog, rows.getString("last_log"), logFileBytes),
                        takenAt);
            }
        } catch (SQLException e) {
            throw fault(e);
        }
    }

    /** Fails when the log could not be kept until now, so that what was copied of it may be something else. */
    public void requireLog() {
        try (Statement statement = session.createStatement()) {
            if (!value(statement, HAS_KEPT_LOG, Boolean.class)) {
                throw new DatabaseFault(LOG_IS_GONE);
            }
        } catch (SQLException e) {
            throw fault(e);
        }
    }

    /** A name is a timeline, and a number in two parts: each 4 GB of log begin with another first part. */
    static List<String> logFiles(String first, String last, long fileBytes) {
        long perPart = (1L << 32) / fileBytes;
        List<String> names = new ArrayList<>();
        for (long number = number(first, perPart); number <= number(last, perPart); number++) {
            names.add(String.format("%s%08X%08X", first.substring(0, 8), number / perPart, number % perPart));
        }
        return names;
    }

    private static long number(String name, long perPart) {
        return Long.parseLong(name.substring(8, 16), 16) * perPart + Long.parseLong(name.substring(16, 24), 16);
    }

    private static <T> T value(Statement statement, String sql, Class<T> type) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getObject(1, type);
        }
    }

    private static DatabaseFault fault(SQLException e) {
        if (ENDED_BY_THE_SERVER.equals(e.getSQLState())) {
            return new DatabaseFault(LOG_IS_GONE);
        }
        String message = String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
        return new DatabaseFault("the embedded PostgreSQL cannot be backed up now (" + message + "): try again");
    }

    /** Without a stop before it the copy is worth nothing, and PostgreSQL forgets it. */
    @Override
    public void close() {
        try {
            session.close();
        } catch (SQLException e) {
            throw fault(e);
        }
    }
}
