package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.NODE;
import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClaimConflictTest {
    private static final String UNTIL_SOMEBODY_WAITS =
            """
            DO $$ BEGIN FOR i IN 1..1000 LOOP
                EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
                PERFORM pg_sleep(0.01);
            END LOOP; END $$
            """;

    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aDesktopThatAnotherNodeClaimsForInThisMomentHoldsUpNoOther() {
        UUID moving = fleet.desktop("moving", true);
        UUID staying = fleet.desktop("staying", true);
        UUID later = fleet.start(fleet.request(List.of(moving, staying), 0));
        UUID theirs = fleet.start(fleet.request(List.of(moving), 0));
        assertThat(later).isNotEqualTo(theirs);

        var claiming = new AtomicReference<Future<List<Assignment>>>();
        get(fleet.database.inTransaction(tx -> tx.preparedQuery(
                        "UPDATE record_work SET busy = true, attempt = 1, claimed_at = now() WHERE task_id = $1")
                .execute(Tuple.of(theirs))
                .compose(claimed -> {
                    claiming.set(fleet.assignments.claim(NODE));
                    return tx.query(UNTIL_SOMEBODY_WAITS).execute();
                })));

        assertThat(get(Objects.requireNonNull(claiming.get())))
                .extracting(Assignment::desktopId)
                .containsExactly(staying);
    }
}
