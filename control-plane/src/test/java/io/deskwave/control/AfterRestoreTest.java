package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class AfterRestoreTest {
    private static final String BACKUP = "2025-11-21T20:00:00.123456789Z";

    @TempDir
    Path folder;

    private Vertx vertx;
    private PgConnectOptions connect;
    private Database database;

    @BeforeEach
    void anInstallationInWhichThingsWereUnderWay(Vertx given) throws Exception {
        vertx = given;
        connect = TestDatabase.freshOptions();
        database = TestDatabase.open(vertx, connect);
        sql("INSERT INTO domains (id, name) VALUES (repeat('a', 32), 'd')");
        sql("INSERT INTO projects (id, domain_id, name) VALUES (repeat('a', 32), repeat('a', 32), 'p')");
        sql(
                "INSERT INTO users (id, domain_id, name, password_hash) VALUES (repeat('a', 32), repeat('a', 32), 'u', '')");
        sql("INSERT INTO nodes (id, started_at, seen_at) VALUES (gen_random_uuid(), now(), now())");
        sql(
                "INSERT INTO desktops (project_id, node_id, connected_at, computer_name, public_key, machine_id, host, boot_id)"
                        + " SELECT repeat('a', 32), id, now(), 'desk', 'key', 'machine', '{}', 'boot' FROM nodes");
        sql("INSERT INTO jobs (project_id, job_type, status) VALUES (repeat('a', 32), 'operateDesktops', 'WAITING')");
        sql(
                "INSERT INTO sub_jobs (job_id, project_id, job_type, desktop_id, status, begin_time, deadline, action, boot_id,"
                        + " ordered_epoch) SELECT j.id, j.project_id, j.job_type, d.id, 'WAITING', now(), now() + interval '1 hour',"
                        + " 'REBOOT', 'boot', 1 FROM jobs j, desktops d");
    }

    @Test
    void endsPowerActionsSessionsAndTokensOnce() throws Exception {
        Files.writeString(folder.resolve("restored"), BACKUP + "\n");

        start("serve");

        assertThat(row("SELECT status, reason, end_time FROM sub_jobs").getString(0))
                .isEqualTo("FAILED");
        assertThat(row("SELECT reason FROM sub_jobs").getString(0))
                .contains("restored from a backup of 2025-11-21T20:00:00Z", "not known");
        assertThat(row("SELECT status FROM jobs").getString(0)).isEqualTo("FAIL");
        assertThat(row("SELECT count(*) FROM desktops WHERE node_id IS NOT NULL")
                        .getInteger(0))
                .isZero();
        assertThat(row("SELECT count(*) FROM nodes").getInteger(0)).isZero();
        long generation = row("SELECT tokens_generation FROM users").getLong(0);
        assertThat(generation).isGreaterThan(1_700_000_000L);
        assertThat(folder.resolve("restored")).doesNotExist();

        start("serve");
        assertThat(row("SELECT tokens_generation FROM users").getLong(0)).isEqualTo(generation);
    }

    /** The flag may stay in the unit's file: for one backup it counts once. */
    @Test
    void theFlagDoesTheSameForADatabaseThatWasRestoredByOtherMeans() throws Exception {
        start("serve", "--after-restore", BACKUP);
        assertThat(row("SELECT status FROM sub_jobs").getString(0)).isEqualTo("FAILED");
        sql("UPDATE users SET tokens_generation = 0");

        start("serve", "--after-restore", BACKUP);
        assertThat(row("SELECT tokens_generation FROM users").getLong(0)).isZero();

        start("serve", "--after-restore", "2025-11-22T20:00:00Z");
        assertThat(row("SELECT tokens_generation FROM users").getLong(0)).isPositive();
    }

    /** Longer than a connection of a node may be silent, which is 40 s: what is restored can be large. */
    @Test
    void aStatementMayTakeItsTime() throws Exception {
        sql("CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_sleep(42); RETURN NEW; END'");
        sql("CREATE TRIGGER take_time BEFORE UPDATE ON jobs EXECUTE FUNCTION take_time()");

        start("serve", "--after-restore", BACKUP);

        assertThat(row("SELECT status FROM jobs").getString(0)).isEqualTo("FAIL");
    }

    @Test
    void aTimeThatIsYetToComeIsRefused() throws Exception {
        assertThatThrownBy(() -> start("serve", "--after-restore", "2999-11-22T20:00:00Z"))
                .isInstanceOf(StartFault.class)
                .hasMessageContaining("said to be of 2999-11-22T20:00:00Z")
                .hasMessageContaining("--after-restore");

        assertThat(row("SELECT status FROM sub_jobs").getString(0)).isEqualTo("WAITING");
        assertThat(row("SELECT count(*) FROM restores").getInteger(0)).isZero();
    }

    @Test
    void withoutARestoreNothingIsTouched() throws Exception {
        start("serve");

        assertThat(row("SELECT status FROM sub_jobs").getString(0)).isEqualTo("WAITING");
        assertThat(row("SELECT tokens_generation FROM users").getLong(0)).isZero();
        assertThat(row("SELECT count(*) FROM nodes").getInteger(0)).isOne();
    }

    @Test
    void noNodeStartsInAFolderThatIsHalfRestored() throws Exception {
        Files.writeString(folder.resolve("restoring"), "");

        assertThatThrownBy(() -> DataFolder.open(folder))
                .isInstanceOf(StartFault.class)
                .hasMessageContaining("did not come to its end")
                .hasMessageContaining("restore again");
    }

    private void start(String... arguments) throws Exception {
        Config config = Config.parse(List.of(arguments), Map.of("DESKWAVE_DATA_DIR", folder.toString()));
        new AfterRestore(vertx, connect, config).run().await(90, TimeUnit.SECONDS);
    }

    private Row row(String sql) throws Exception {
        return sql(sql).iterator().next();
    }

    @CanIgnoreReturnValue
    private RowSet<Row> sql(String sql) throws Exception {
        return database.client().query(sql).execute().await(20, TimeUnit.SECONDS);
    }
}
