package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
final class LimitsTest {
    private Fleet fleet;
    private UUID one;
    private UUID other;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx, new Limits(4, 3));
        one = fleet.desktop("one", true);
        other = fleet.desktop("other", true);
    }

    @AfterEach
    void countersAlwaysDeriveFromTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        get(fleet.database.close());
    }

    @Test
    void aProjectHasAtMostSoManyTasksThatHaveNotEnded() {
        for (int i = 0; i < 2; i++) {
            start(one);
            start(other);
        }

        assertThatThrownBy(() -> start(other))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageContaining("4 tasks that have not ended")
                .hasMessageContaining("stop some");

        assertThat(count("execution_tasks")).isEqualTo(4);
        fleet.run(fleet.claim().get(0), 0);
        assertThat(start(other)).isNotNull();
    }

    @Test
    void aDesktopHasAtMostSoManyRecordsThatHaveNotEndedReleasedOrNot() {
        UUID waits = start(one);
        assertThat(fleet.claim()).hasSize(1);
        UUID gray = fleet.start(fleet.request(List.of(other, one), 1));
        assertThat(fleet.sql("SELECT FROM record_work WHERE NOT open")).hasSize(1);
        assertThat(fleet.start(fleet.request(List.of(one), 0))).isNotEqualTo(gray);

        assertThatThrownBy(() -> fleet.start(fleet.request(List.of(other, one), 0)))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageStartingWith("one: a desktop may have at most 3 records")
                .hasMessageContaining("up to 3 wait there already");

        assertThat(count("execution_tasks")).isEqualTo(3);
        assertThat(get(fleet.interventions.stop(Fleet.PROJECT, new Named(null, gray), "tester"))
                        .ended())
                .isEqualTo(2);
        assertThat(fleet.start(fleet.request(List.of(other, one), 0))).isNotEqualTo(waits);
    }

    @Test
    void theScriptsOfATaskCountEach() {
        List<UUID> scripts = Stream.of("a", "b", "c", "d").map(fleet::script).toList();

        assertThatThrownBy(
                        () -> fleet.start(fleet.request(List.of(one), 0, null, null, null, new Work.Scripts(scripts))))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageStartingWith("one: ");

        assertThat(count("execution_records")).isZero();
        assertThat(fleet.start(
                        fleet.request(List.of(one), 0, null, null, null, new Work.Scripts(scripts.subList(0, 3)))))
                .isNotNull();
        assertThatThrownBy(() -> start(one))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageStartingWith("one: ");
        assertThat(start(other)).isNotNull();
    }

    @Test
    void aRetryIsBoundAsANewTaskIsAndThenChangesNothing() {
        UUID failed = start(one);
        fleet.run(fleet.claim().get(0), 1);
        for (int i = 0; i < 3; i++) {
            start(one);
        }

        assertThatThrownBy(() -> retry(failed))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageStartingWith("one: a desktop may have at most 3 records")
                .hasMessageContaining("it would have up to 4");
        start(other);
        assertThatThrownBy(() -> retry(failed))
                .isInstanceOf(ApiException.Conflict.class)
                .hasMessageContaining("4 tasks that have not ended");

        assertThat(fleet.records(failed)).containsExactly("one: FAILED EXITED");
        fleet.claim().forEach(assignment -> fleet.run(assignment, 0));
        assertThat(retry(failed).records()).isEqualTo(1);
    }

    private Interventions.Retried retry(UUID task) {
        return get(fleet.interventions.retry(Fleet.PROJECT, new Named(null, task)));
    }

    @CanIgnoreReturnValue
    private UUID start(UUID desktop) {
        return fleet.start(fleet.request(List.of(desktop), 0));
    }

    private long count(String table) {
        return fleet.sql("SELECT count(*) FROM " + table).get(0).getLong(0);
    }
}
