package io.deskwave.control.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestDatabaseTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void givesEachCallerAMigratedDatabaseOfItsOwnInAnOddTimeZone() throws Exception {
        Database one = TestDatabase.fresh(vertx);
        Database other = TestDatabase.fresh(vertx);

        one.client()
                .query("INSERT INTO domains (id, name) VALUES (repeat('a', 32), 'local')")
                .execute()
                .await(10, TimeUnit.SECONDS);

        assertThat(count(one)).isEqualTo(1);
        assertThat(count(other)).isZero();
        assertThat(other.client()
                        .query("SELECT current_setting('TimeZone') AS zone")
                        .execute()
                        .await(10, TimeUnit.SECONDS)
                        .iterator()
                        .next()
                        .getString("zone"))
                .isEqualTo("America/St_Johns");
    }

    private static long count(Database database) throws Exception {
        return database.client()
                .query("SELECT count(*) AS n FROM domains")
                .execute()
                .await(10, TimeUnit.SECONDS)
                .iterator()
                .next()
                .getLong("n");
    }
}
