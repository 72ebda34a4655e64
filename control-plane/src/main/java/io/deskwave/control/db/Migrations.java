package io.deskwave.control.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.api.output.MigrateResult;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema up to date, before anything listens. Nodes that start together wait for each other. Flyway's own
 * table lives in a schema of its own; ours are where the connection's {@code search_path} says.
 */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final int OLDEST_MAJOR = 14;
    private static final int CONNECT_SECONDS = 10;
    private static final int LOCK_SECONDS = 3;
    private static final int TRIES = 20;
    private static final Duration PAUSE = Duration.ofSeconds(3);

    private Migrations() {}

    /** Fails with {@link DatabaseFault} when the server cannot be reached, lets nobody in, or is too old. */
    public static Future<Void> run(Vertx vertx, PgConnectOptions connect) {
        return vertx.executeBlocking(() -> {
            migrate(connect);
            return null;
        });
    }

    static void migrate(PgConnectOptions connect) {
        migrate(connect, TRIES, PAUSE, "classpath:db/migration");
    }

    /** Behind a migration that waits for a lock waits everybody, so that it waits for moments only, and tries again. */
    static void migrate(PgConnectOptions connect, int tries, Duration pause, String... locations) {
        DataSource source = source(connect);
        requireUsable(source, connect);
        for (int tried = 1; !tryToMigrate(source, connect, locations); tried++) {
            String holders = LockedOut.holders(source);
            if (tried == tries) {
                throw new DatabaseFault("the schema of database '" + connect.getDatabase()
                        + "' cannot be brought up to date while others hold its tables: " + holders + "; " + tries
                        + " tries of " + LOCK_SECONDS + " s each: wait until that has ended (or end it with SELECT"
                        + " pg_terminate_backend and its number), and start again");
            }
            LOG.warn("try {} of {} to change the schema: its tables are held by {}", tried, tries, holders);
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    /** False when it was locked out: then the migration that was is undone. */
    private static boolean tryToMigrate(DataSource source, PgConnectOptions connect, String... locations) {
        try {
            FluentConfiguration flyway = Flyway.configure(Migrations.class.getClassLoader());
            // A lock that is a transaction is one for whose end the building of an index waits.
            flyway.getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                    .setTransactionalLock(false);
            MigrateResult result = flyway.dataSource(source)
                    .locations(locations)
                    .failOnMissingLocations(true)
                    .schemas("flyway")
                    .createSchemas(true)
                    .validateMigrationNaming(true)
                    .cleanDisabled(true)
                    .lockRetryCount(120)
                    .callbacks(new OurSession())
                    .load()
                    .migrate();
            LOG.info(
                    "the schema of database '{}' is at version {} ({} migrations run now)",
                    connect.getDatabase(),
                    result.migrationsExecuted == 0 ? result.initialSchemaVersion : result.targetSchemaVersion,
                    result.migrationsExecuted);
            return true;
        } catch (FlywayValidateException e) {
            throw new DatabaseFault("the schema of database '" + connect.getDatabase()
                    + "' is not one this build knows, was it migrated by a newer one? " + oneLine(e));
        } catch (FlywayException e) {
            if (LockedOut.isCauseOf(e)) {
                return false;
            }
            throw new DatabaseFault("the schema of database '" + connect.getDatabase()
                    + "' cannot be brought up to date: " + oneLine(e));
        }
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
    }

    private static void requireUsable(DataSource source, PgConnectOptions connect) {
        String server = connect.getHost() + ":" + connect.getPort();
        try (Connection connection = source.getConnection()) {
            int major = connection.getMetaData().getDatabaseMajorVersion();
            if (major < OLDEST_MAJOR) {
                throw new DatabaseFault("the PostgreSQL at " + server + " is version " + major + "; Deskwave needs "
                        + OLDEST_MAJOR + " or newer");
            }
        } catch (SQLException e) {
            throw new DatabaseFault(unusable(e, server, connect));
        }
    }

    private static String unusable(SQLException e, String server, PgConnectOptions connect) {
        String state = String.valueOf(e.getSQLState());
        return switch (state) {
            case "28P01", "28000" ->
                "PostgreSQL at " + server + " refuses user '" + connect.getUser()
                        + "': check the user name and the password in --database-url (" + oneLine(e) + ")";
            case "3D000" ->
                "there is no database '" + connect.getDatabase() + "' on " + server
                        + ": create it, or name another one in --database-url";
            case "42501" ->
                "user '" + connect.getUser() + "' may not connect to database '" + connect.getDatabase() + "' on "
                        + server + ": grant it CONNECT";
            case "08001", "08004", "08006" ->
                "PostgreSQL at " + server + " cannot be reached (" + oneLine(e)
                        + "): is it running, and is --database-url right?";
            default ->
                "PostgreSQL at " + server + " cannot be used: " + oneLine(e) + " Check --database-url (" + state + ")";
        };
    }

    private static DataSource source(PgConnectOptions connect) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {connect.getHost()});
        source.setPortNumbers(new int[] {connect.getPort()});
        source.setDatabaseName(connect.getDatabase());
        source.setUser(connect.getUser());
        source.setPassword(connect.getPassword());
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setLoginTimeout(CONNECT_SECONDS);
        source.setApplicationName("deskwave-migrations");
        source.setSslMode(connect.getSslMode().value);
        if (connect.getSslMode() == SslMode.VERIFY_CA || connect.getSslMode() == SslMode.VERIFY_FULL) {
            source.setSslfactory("org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        return source;
    }

    /**
     * Flyway puts its own schema in front of the search path; what the migrations create does not belong there. The bound on
     * waiting for locks holds in transactions only: building an index concurrently waits long, and holds up nobody.
     */
    private static final class OurSession implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("RESET search_path");
                if (!context.getConnection().getAutoCommit()) {
                    statement.execute("SET LOCAL lock_timeout = '" + LOCK_SECONDS + "s'");
                }
            } catch (SQLException e) {
                throw new FlywayException("the session could not be set up", e);
            }
        }

        @Override
        public String getCallbackName() {
            return "our session";
        }
    }
}
