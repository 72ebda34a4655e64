package io.deskwave.control.schedule;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.Lane;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.execution.Executions;
import io.deskwave.control.execution.Ring;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires scheduled tasks in every process: at each whole second, which is when they are due, it writes firings down, has the
 * waiting ones started and ends those that are over. They do not wait for each other.
 */
public final class Ticker {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
    private static final long SECOND_MILLIS = 1000;
    private static final int WRITTEN_AT_ONCE = 500;
    private static final int STARTED_AT_ONCE = 250;

    private static final int LOOKS_AGAIN_AFTER_TICKS = 60;

    private final Vertx vertx;
    private final InstantSource clock;
    private final FiringEndings endings;
    private final Lane writing;
    private final Lane starting;
    /** Starts too while one that takes long holds the other up; two all the time would only take from those who ask. */
    private final Lane helping;

    private final Lane triggering;
    private final Lane ending;
    private long ticks;
    private long startingAtLastTick;

    public Ticker(
            Vertx vertx,
            Database database,
            Executions executions,
            PowerJobs power,
            DesktopStore desktops,
            Triggers triggers,
            InstantSource clock) {
        this.vertx = vertx;
        this.clock = clock;
        var due = new DueTasks(database, clock);
        var starts = new FiringStarts(database, executions, power, desktops, clock);
        this.endings = new FiringEndings(database, clock);
        this.starting = starter(starts);
        this.helping = starter(starts);
        this.writing = new Lane("fire what is due", () -> due.fire(WRITTEN_AT_ONCE)
                .onSuccess(written -> starting.wake())
                .map(some -> some > 0));
        this.triggering = new Lane(
                "fire triggers",
                () -> triggers.tick().onSuccess(fired -> starting.wake()).map(some -> some > 0));
        this.ending = new Lane("end firings", () -> endings.end().map(some -> some > 0));
    }

    /** To be told of executions that changed. */
    public Ring ring() {
        return endings;
    }

    public void start() {
        vertx.setTimer(untilNextSecond(clock.instant()), id -> tick());
    }

    /** Fires no more: this node is about to end. */
    public void stop() {
        List.of(writing, triggering, starting, helping, ending).forEach(Lane::drain);
    }

    /** Just after it, so that what is due then is. */
    private static long untilNextSecond(Instant now) {
        return SECOND_MILLIS - Math.floorMod(now.toEpochMilli(), SECOND_MILLIS) + 1;
    }

    private void tick() {
        if (writing.isDrained()) {
            return;
        }
        writing.wake();
        triggering.wake();
        starting.wake();
        helpStarting();
        ending.wake();
        if (ticks++ % LOOKS_AGAIN_AFTER_TICKS == 0) {
            endings.lookAgain()
                    .onFailure(failure ->
                            LOG.debug("cannot look for executions that ended again: {}", failure.toString()));
        }
        vertx.setTimer(untilNextSecond(clock.instant()), id -> tick());
    }

    private static Lane starter(FiringStarts starts) {
        return new Lane("start firings", () -> starts.start(STARTED_AT_ONCE).map(some -> some > 0));
    }

    private void helpStarting() {
        long pass = starting.passUnderWay();
        if (pass != 0 && pass == startingAtLastTick) {
            helping.wake();
        }
        startingAtLastTick = pass;
    }
}
