package io.deskwave.control.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A migration that did not get a lock, and who may hold it: long transactions, such as that of a dump. Blocks. */
final class LockedOut {
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final String HOLDERS =
            """
            SELECT format('process %s (%s of user %s, in a transaction since %s)', a.pid,
                          coalesce(nullif(a.application_name, ''), 'without a name'), a.usename,
                          to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS holder
            FROM pg_stat_activity a
            WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
              AND a.xact_start < clock_timestamp() - interval '2 seconds'
              AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted)
            ORDER BY a.xact_start LIMIT 3
            """;

    private LockedOut() {}

    static boolean isCauseOf(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && LOCK_NOT_AVAILABLE.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /** Those whose transactions last, the oldest first. */
    static String holders(DataSource source) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(HOLDERS)) {
            List<String> holders = new ArrayList<>();
            while (rows.next()) {
                holders.add(rows.getString(1));
            }
            return holders.isEmpty() ? "a transaction that has ended since" : String.join(", ", holders);
        } catch (SQLException e) {
            return "a transaction that cannot be looked up now: "
                    + String.valueOf(e.getMessage()).strip();
        }
    }
}
