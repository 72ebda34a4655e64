package io.deskwave.control.dispatch;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.db.Waiting;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.Jobs;
import io.deskwave.control.desktop.PowerProofs;
import io.deskwave.control.execution.Changes;
import io.deskwave.control.execution.Expiry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One sub-job is overdue; for how long the database has answered is said by hand. */
class DeadlinesTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final JobStore jobs = new JobStore();
    private final InstantSource clock = InstantSource.system();
    private Duration steadyFor = Duration.ZERO;
    private boolean reportsWait;
    private final Deadlines deadlines = new Deadlines(
            new Expiry(new Changes(database, UUID.randomUUID())),
            new Jobs(database, jobs),
            new PowerProofs(database, jobs, clock, () -> steadyFor),
            clock,
            () -> steadyFor,
            () -> reportsWait);

    @BeforeEach
    void anOverdueSubJob() {
        UUID job = UUID.randomUUID();
        fixture.execute(
                "INSERT INTO jobs (id, project_id, job_type, status, begin_time)"
                        + " VALUES ($1, $2, 'REBOOT', 'RUNNING', now())",
                job,
                PROJECT);
        fixture.execute(
                "INSERT INTO sub_jobs (job_id, project_id, job_type, status, begin_time, deadline)"
                        + " VALUES ($1, $2, 'REBOOT', 'WAITING', now(), now() - interval '1 hour')",
                job,
                PROJECT);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private boolean isOpen() {
        return fixture.count("SELECT count(*) FROM sub_jobs WHERE end_time IS NULL") == 1;
    }

    private void endsNothingAfter(int seconds) {
        steadyFor = Duration.ofSeconds(seconds);
        assertThat(deadlines.sweepIfDue()).isFalse();
    }

    private void endsWhatIsOverdueAfter(int seconds) {
        steadyFor = Duration.ofSeconds(seconds);
        assertThat(deadlines.sweepIfDue()).isTrue();
        Waiting.until("the sub-job has ended", () -> !isOpen());
    }

    @Test
    void waitsUntilTheDatabaseHasAnsweredForHalfAMinute() {
        endsNothingAfter(0);
        endsNothingAfter(29);
        assertThat(isOpen()).isTrue();
        endsWhatIsOverdueAfter(30);
    }

    @Test
    void waitsForReportsThatCouldNotBeCommittedButNotForEver() {
        reportsWait = true;
        endsNothingAfter(119);
        assertThat(isOpen()).isTrue();
        endsWhatIsOverdueAfter(120);
    }

    @Test
    void aNodeThatEndsSweepsNoMore() {
        deadlines.stop();
        endsNothingAfter(3000);
    }
}
