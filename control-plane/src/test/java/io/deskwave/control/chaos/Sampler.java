package io.deskwave.control.chaos;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Looks at the rows every few seconds, where it can, and keeps what may not change any more: how a record's attempt ended,
 * and how much output was committed.
 */
final class Sampler {
    private static final String ENDED =
            "SELECT id, attempt, status, result_code, coalesce(exit_code, -1), end_time::text FROM execution_records"
                    + " WHERE end_time IS NOT NULL";
    private static final String HEADS = "SELECT record_id, attempt, stdout_end, stderr_end FROM record_outputs";
    private static final String OPEN = "SELECT count(*) FROM record_work WHERE step_deadline IS NULL";

    private final Site site;
    private final Map<History.EndKey, String> endings = new HashMap<>();
    private final Map<History.StreamKey, Long> heads = new HashMap<>();
    private volatile int openRecords;
    private volatile boolean goOn = true;

    Sampler(Site site) {
        this.site = site;
    }

    int openRecords() {
        return openRecords;
    }

    void stop() {
        goOn = false;
    }

    void run() {
        while (goOn) {
            try (Connection connection = site.database();
                    Statement statement = connection.createStatement()) {
                for (int i = 0; goOn; i++) {
                    countOpen(statement);
                    if (i % 6 == 0) {
                        sample(statement);
                    }
                    Wait.pause(500);
                }
            } catch (SQLException | IOException e) {
                Wait.pause(500); // it is away: later
            }
        }
    }

    private void countOpen(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery(OPEN)) {
            rows.next();
            openRecords = rows.getInt(1);
        }
    }

    synchronized void sample(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery(ENDED)) {
            while (rows.next()) {
                endings.put(
                        new History.EndKey(rows.getObject(1, UUID.class), rows.getInt(2), rows.getString(6)),
                        rows.getString(3) + " " + rows.getString(4) + " " + rows.getInt(5));
            }
        }
        try (ResultSet rows = statement.executeQuery(HEADS)) {
            while (rows.next()) {
                UUID record = rows.getObject(1, UUID.class);
                heads.merge(new History.StreamKey(record, rows.getInt(2), "stdout"), rows.getLong(3), Math::max);
                heads.merge(new History.StreamKey(record, rows.getInt(2), "stderr"), rows.getLong(4), Math::max);
            }
        }
    }

    synchronized Map<History.EndKey, String> endings() {
        return Map.copyOf(endings);
    }

    synchronized Map<History.StreamKey, Long> heads() {
        return Map.copyOf(heads);
    }
}
