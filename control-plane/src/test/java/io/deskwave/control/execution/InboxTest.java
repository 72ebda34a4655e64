package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.control.execution.Reports.Stored;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Group commit with a store whose faults are chosen. */
final class InboxTest {
    private static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Vertx vertx = Vertx.vertx();
    private final List<List<Report>> commits = new ArrayList<>();
    private final Set<UUID> kept = new HashSet<>();
    private final Set<UUID> bad = new HashSet<>();
    private int awayFor;
    private final Promise<Void> open = Promise.promise();
    private final Inbox inbox = new Inbox(vertx, this::store, Away.class::isInstance, failure -> false, new Lines(1));

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private Future<Map<AttemptKey, Stored>> store(List<Report> group) {
        return open.future().compose(opened -> {
            commits.add(group);
            if (awayFor-- > 0) {
                return Future.failedFuture(new Away());
            }
            if (group.stream().map(Report::desktopId).anyMatch(bad::contains)) {
                return Future.failedFuture(new IllegalArgumentException("a value that no column takes"));
            }
            group.forEach(report -> kept.add(report.desktopId()));
            return Future.succeededFuture(Map.of());
        });
    }

    private List<Future<Stored>> post(int count, int badOne) {
        var posted = new ArrayList<Future<Stored>>();
        for (int i = 0; i < count; i++) {
            UUID id = new UUID(0, i);
            if (i == badOne) {
                bad.add(id);
            }
            posted.add(inbox.post(new Report.Started(id, id, 1, Instant.EPOCH, "UTF-8")));
        }
        open.complete();
        return posted;
    }

    private static void settle(List<Future<Stored>> posted) throws Exception {
        Future.join(posted)
                .otherwiseEmpty()
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatComesWhileACommitIsUnderWayIsCommittedTogether() throws Exception {
        settle(post(501, -1));
        assertThat(commits).extracting(List::size).containsExactly(1, 500);
    }

    @Test
    void aBadReportIsFoundInFewTriesAndFailsAlone() throws Exception {
        List<Future<Stored>> posted = post(501, 300);
        settle(posted);
        assertThat(posted.get(300).failed()).isTrue();
        assertThat(posted).filteredOn(Future::failed).hasSize(1);
        assertThat(kept).hasSize(500);
        assertThat(commits).hasSizeLessThan(25);
    }

    @Test
    void aGroupIsNotTakenApartWhileTheDatabaseIsAway() throws Exception {
        awayFor = 8;
        List<Future<Stored>> posted = post(201, -1);
        settle(posted);
        assertThat(posted).allMatch(Future::succeeded);
        assertThat(commits).hasSize(10).last().satisfies(group -> assertThat(group)
                .hasSize(200));
    }
}
