package io.deskwave.control.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedPostgresTest {
    @TempDir
    private Path folder;

    @Test
    void keepsItsPortAndWhatWasCommittedOverKillStopAndFreeze() throws SQLException {
        try (SharedPostgres postgres = SharedPostgres.in(folder)) {
            execute(postgres, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)");
            postgres.kill();
            assertThat(postgres.isRunning()).isFalse();
            postgres.start();
            execute(postgres, "INSERT INTO kept VALUES (2)");
            postgres.stop();
            postgres.start();
            postgres.freeze();
            assertThatThrownBy(() -> count(postgres)).isInstanceOf(SQLException.class);
            postgres.thaw();
            assertThat(count(postgres)).isEqualTo(2);
        }
    }

    private static void execute(SharedPostgres postgres, String... statements) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static int count(SharedPostgres postgres) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM kept")) {
            assertThat(rows.next()).isTrue();
            return rows.getInt(1);
        }
    }

    private static Connection connect(SharedPostgres postgres) throws SQLException {
        var options = postgres.connectOptions();
        var properties = new Properties();
        properties.put("user", options.getUser());
        properties.put("password", options.getPassword());
        properties.put("connectTimeout", "2");
        properties.put("loginTimeout", "2");
        properties.put("socketTimeout", "2");
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + options.getPort() + "/" + options.getDatabase(), properties);
    }
}
