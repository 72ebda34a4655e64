package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL for all tests of this JVM, and a fresh migrated database for each caller: made from a template in some
 * ten milliseconds. Sessions are in an odd time zone on purpose. All of it is gone when the JVM ends.
 */
public final class TestDatabase {
    private static final String TEMPLATE = "migrated";
    private static final String ODD_TIME_ZONE = "America/St_Johns";
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private TestDatabase() {}

    /** The server, started by the first who asks. */
    private static final class Server {
        static final Path FOLDER = folder();
        static final EmbeddedPostgres POSTGRES = start();

        private static Path folder() {
            try {
                return Files.createTempDirectory("deskwave-test-db-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static EmbeddedPostgres start() {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(FOLDER);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                postgres.stop();
                delete(FOLDER);
            }));
            execute(postgres.connectOptions(), "CREATE DATABASE " + TEMPLATE);
            Migrations.migrate(postgres.connectOptions().setDatabase(TEMPLATE));
            return postgres;
        }

        private static void delete(Path folder) {
            try {
                PostgresBinaries.deleteTree(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A pool on a fresh database; the caller closes it, or lets the JVM's end do so. */
    public static Database fresh(Vertx vertx) {
        return open(vertx, freshOptions());
    }

    /** One more pool on the same database, as a second node has. */
    public static Database open(Vertx vertx, PgConnectOptions options) {
        return Database.open(vertx, options, 8);
    }

    /** How to connect to a fresh, migrated database. */
    public static PgConnectOptions freshOptions() {
        String name = "test_" + COUNTER.incrementAndGet();
        execute(server(), "CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
        return server().setDatabase(name);
    }

    /** The same as the text that {@code --database-url} takes. */
    public static String url(PgConnectOptions options) {
        return "postgresql://" + options.getUser() + ":" + options.getPassword() + "@" + options.getHost() + ":"
                + options.getPort() + "/" + options.getDatabase();
    }

    /** The server's own database, empty. */
    static PgConnectOptions server() {
        return Server.POSTGRES.connectOptions().addProperty("TimeZone", ODD_TIME_ZONE);
    }

    /** Spares a test that starts its own server in this folder the unpacking of the programs. */
    public static void lendPrograms(Path folder) throws IOException {
        assertThat(server().getPort()).isPositive();
        Path programs = Path.of("bin-" + PostgresBinaries.VERSION);
        Files.createSymbolicLink(folder.resolve(programs), Server.FOLDER.resolve(programs));
    }

    static void execute(PgConnectOptions connect, String... statements) {
        try (Connection connection = connection(connect);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the first row. */
    static String value(PgConnectOptions connect, String sql) {
        try (Connection connection = connection(connect);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return String.valueOf(rows.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static Connection connection(PgConnectOptions connect) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + connect.getHost() + ":" + connect.getPort() + "/" + connect.getDatabase(),
                connect.getUser(),
                connect.getPassword());
    }
}
