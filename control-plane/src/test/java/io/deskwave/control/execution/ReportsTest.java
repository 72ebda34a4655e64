package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.Interventions.Named;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.Reports.Report;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What comes together in one group: of one desktop, and of one that speaks for another. */
@ExtendWith(VertxExtension.class)
final class ReportsTest {
    private Fleet fleet;
    private UUID task;
    private Assignment mine;
    private Assignment other;

    @BeforeEach
    void start(Vertx vertx) {
        fleet = new Fleet(vertx);
        task = fleet.start(fleet.request(List.of(fleet.desktop("d0", true), fleet.desktop("d1", true)), 0));
        List<Assignment> claimed = fleet.claim();
        mine = claimed.get(0);
        other = claimed.get(1);
    }

    @AfterEach
    void countersAlwaysDeriveFromTheRows() {
        assertThat(fleet.countersMatchRows()).isTrue();
        get(fleet.database.close());
    }

    @Test
    void aStartAndItsEndInOneGroupAreBothStored() {
        Instant began = fleet.now;
        fleet.now = began.plusSeconds(3);
        var started = new Report.Started(mine.desktopId(), mine.recordId(), 1, began.plusSeconds(1), "IBM437");
        get(fleet.reports.commit(List.of(started, finished(mine.desktopId(), mine, ""))));
        var row = fleet.sql("SELECT * FROM execution_records WHERE id = $1", mine.recordId())
                .get(0);
        assertThat(row.getString("status")).isEqualTo("SUCCESS");
        assertThat(row.getInteger("attempt")).isEqualTo(1);
        assertThat(row.getString("console_charset")).isEqualTo("IBM437");
        assertThat(row.getOffsetDateTime("start_time").toInstant()).isEqualTo(began.plusSeconds(1));
        assertThat(row.getOffsetDateTime("end_time").toInstant()).isEqualTo(began.plusSeconds(3));
        assertThat(fleet.task(task).getString("status")).isEqualTo("RUNNING");
        assertThat(fleet.task(task).getString("start_time")).isNotNull();
        assertThat(fleet.sql("SELECT FROM record_work WHERE record_id = $1", mine.recordId()))
                .isEmpty();
    }

    @Test
    void theDeadlineOfARunDoesNotDependOnTheDesktopsClock() {
        fleet.now = fleet.now.plusSeconds(300); // since the claim: a reboot came before
        Instant hourAgo = fleet.now.minusSeconds(3600);
        Instant minuteAgo = fleet.now.minusSeconds(60);
        get(fleet.reports.commit(List.of(
                new Report.Started(mine.desktopId(), mine.recordId(), 1, hourAgo, "UTF-8"),
                new Report.Started(other.desktopId(), other.recordId(), 1, minuteAgo, "UTF-8"))));
        assertThat(fleet.sql("SELECT deadline FROM record_work").stream()
                        .map(row -> row.getOffsetDateTime(0).toInstant()))
                .containsOnly(fleet.now.plusSeconds(60 + Reports.NEWS_GRACE_SECONDS));
    }

    @Test
    void anEndThatAnotherDesktopToldTakesNoStartAway() {
        var started = new Report.Started(mine.desktopId(), mine.recordId(), 1, fleet.now, "UTF-8");
        get(fleet.reports.commit(List.of(started, finished(other.desktopId(), mine, ""))));
        assertThat(status(mine)).isEqualTo("RUNNING");
    }

    @Test
    void nothingIsWrittenIntoAnotherDesktopsRecord() {
        fleet.started(mine);
        var own = new Report.Printed(mine.desktopId(), output(mine, 0, 0, "mine"));
        var foreign = new Report.Printed(other.desktopId(), output(mine, 1, 4, "yours"));
        get(fleet.reports.commit(List.of(own, foreign)));
        assertThat(fleet.sql("SELECT bytes FROM output_chunks").stream()
                        .map(row -> row.getBuffer(0).toString()))
                .containsExactly("mine");
    }

    @Test
    void aChunkThatReachesBeyondWhatIsStoredIsAskedForAgain() {
        fleet.started(mine);
        assertThat(fleet.printed(mine, 0, OutputStreamName.STDOUT, 0, "abc").rewind())
                .isFalse();
        assertThat(fleet.printed(mine, 1, OutputStreamName.STDOUT, 3, "de").rewind())
                .isFalse();
        // After a reconnect the same bytes come in larger chunks, and the first of them holds more than is stored.
        var stored = fleet.printed(mine, 0, OutputStreamName.STDOUT, 0, "abcdefgh");
        assertThat(stored.rewind()).isTrue();
        assertThat(stored.nextSeq()).isEqualTo(2);
        assertThat(stored.stdoutEnd()).isEqualTo(5);
        assertThat(fleet.printed(mine, 0, OutputStreamName.STDOUT, 0, "abc").rewind())
                .isFalse();
    }

    @Test
    void whatWasRefusedIsAskedForAlsoWhenALaterOneOfItsGroupIsTaken() {
        fleet.started(mine);
        var early = new Report.Printed(mine.desktopId(), output(mine, 1, 3, "def"));
        var expected = new Report.Printed(mine.desktopId(), output(mine, 0, 0, "abc"));
        var stored = get(fleet.reports.commit(List.of(early, expected)))
                .values()
                .iterator()
                .next();
        assertThat(stored.rewind()).isTrue();
        assertThat(stored.nextSeq()).isEqualTo(1);
    }

    @Test
    void aJumpIsTakenForACutOnlyWhenItBeginsAtWhatIsStored() {
        fleet.started(mine);
        assertThat(follows(0, 0, 0, "abc").rewind()).isFalse();
        // Sent after "def", which was lost or refused.
        var stored = follows(1, 6, 9, "jkl");
        assertThat(stored.rewind()).isTrue();
        assertThat(stored.nextSeq()).isEqualTo(1);
        assertThat(stored.stdoutEnd()).isEqualTo(3);
        // The middle was cut.
        assertThat(follows(1, 3, 9, "jkl").rewind()).isFalse();
        assertThat(fleet.sql("SELECT bytes FROM output_chunks ORDER BY seq").stream()
                        .map(row -> row.getBuffer(0).toString()))
                .containsExactly("abc", "jkl");
    }

    private Reports.Stored follows(long seq, long follows, long offset, String text) {
        var chunk = new Output(
                mine.recordId(),
                1,
                seq,
                OutputStreamName.STDOUT,
                offset,
                follows,
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return get(fleet.reports.commit(List.of(new Report.Printed(mine.desktopId(), chunk))))
                .values()
                .iterator()
                .next();
    }

    @Test
    void aNulInNewsThatNobodyWaitsForIsStorable() {
        fleet.run(mine, 0);
        var late = finished(mine.desktopId(), mine, "cut\u0000off");
        var news = finished(other.desktopId(), other, "");
        assertThat(get(fleet.reports.commit(List.of(late, news)))).isEqualTo(java.util.Map.<AttemptKey, Object>of());
        assertThat(status(other)).isEqualTo("SUCCESS");
        assertThat(fleet.sql("SELECT late_result ->> 'reason' FROM execution_records WHERE id = $1", mine.recordId())
                        .get(0)
                        .getString(0))
                .isEqualTo("cut\uFFFDoff");
    }

    @Test
    void aRetriedRecordOfTheRestWaitsForTheGateToo() {
        UUID gated = fleet.start(fleet.request(List.of(mine.desktopId(), other.desktopId()), 1));
        UUID rest = fleet.sql("SELECT id FROM execution_records WHERE task_id = $1 AND batch = 2", gated)
                .get(0)
                .getUUID(0);
        get(fleet.interventions.stop(Fleet.PROJECT, new Named(rest, null), "eva"));
        get(fleet.interventions.retry(Fleet.PROJECT, new Named(rest, null)));
        assertThat(fleet.sql("SELECT open FROM record_work WHERE record_id = $1", rest)
                        .get(0)
                        .getBoolean(0))
                .isFalse();
    }

    private String status(Assignment a) {
        return fleet.sql("SELECT status FROM execution_records WHERE id = $1", a.recordId())
                .get(0)
                .getString(0);
    }

    private Report.Finished finished(UUID desktopId, Assignment a, String reason) {
        return new Report.Finished(
                desktopId,
                a.recordId(),
                a.attempt(),
                new Outcome(
                        reason.isEmpty() ? ResultCode.EXITED : ResultCode.START_FAILED,
                        reason.isEmpty() ? 0 : null,
                        reason.isEmpty(),
                        reason,
                        fleet.now,
                        0,
                        0,
                        List.of(),
                        List.of()));
    }

    private static Output output(Assignment a, long seq, long offset, String text) {
        return new Output(
                a.recordId(),
                a.attempt(),
                seq,
                OutputStreamName.STDOUT,
                offset,
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
