package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.PowerProofStore.Ended;
import io.deskwave.control.desktop.PowerProofStore.Taken;
import io.deskwave.control.desktop.PowerStore.Untold;
import io.deskwave.control.desktop.SessionStore.Session;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * How power actions end: a start by the desktop's hello, a reboot by a hello with another boot id, a stop or a hibernation by
 * the end of the session after the agent took the order. The orders are rows; whoever holds a desktop's session tells its
 * agent until it answers.
 */
public final class PowerProofs {
    private static final int MOST_TOLD = 2000;
    /** An agent that only lost its way is back within this. */
    private static final Duration AWAY = Duration.ofSeconds(90);

    private final Database database;
    private final JobStore jobs;
    private final PowerStore orders = new PowerStore();
    private final PowerProofStore store = new PowerProofStore();
    private final InstantSource clock;
    private final Supplier<Duration> steadyFor;

    /** @param steadyFor for how long the database has answered this node without a pause */
    public PowerProofs(Database database, JobStore jobs, InstantSource clock, Supplier<Duration> steadyFor) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
        this.steadyFor = steadyFor;
    }

    /** What a node has to tell the agents of its desktops. */
    public Future<List<Untold>> listUntold(UUID nodeId) {
        return orders.listUntold(database.client(), nodeId, MOST_TOLD);
    }

    /** Agents answered. What was not waited for changes nothing. */
    public Future<Void> taken(List<Taken> answers) {
        List<Taken> refused =
                answers.stream().filter(answer -> answer.error() != null).toList();
        List<Taken> waiting = answers.stream()
                .filter(answer -> answer.error() == null && answer.actsInSeconds() != null)
                .toList();
        List<Taken> accepted = answers.stream()
                .filter(answer -> answer.error() == null && answer.actsInSeconds() == null)
                .toList();
        return (waiting.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : store.note(database.client(), waiting, clock.instant()))
                .compose(done ->
                        accepted.isEmpty() ? Future.<Void>succeededFuture() : store.accept(database.client(), accepted))
                .compose(done -> refused.isEmpty()
                        ? Future.succeededFuture()
                        : ending((tx, now) -> store.fail(tx, refused, now)).mapEmpty());
    }

    /** The agents of these orders' desktops are too old to tell their users: it will be said how the orders end. */
    public Future<Void> noticesLeftOut(List<UUID> orderIds) {
        return orderIds.isEmpty() ? Future.succeededFuture() : store.leaveNoticesOut(database.client(), orderIds);
    }

    /** Sessions were ended from the agents' side: for those that took a stop or a hibernation in them it is the proof. */
    public Future<Void> sessionsEnded(List<Session> sessions) {
        return ending((tx, now) -> store.sessionsEnded(tx, sessions, now)).mapEmpty();
    }

    /**
     * Ends what the desktops' rows prove; on any node, at any time. Absence proves something only when this node and the
     * database were there for as long: after an outage everybody is away. The number of jobs.
     */
    public Future<Integer> settle() {
        return ending((tx, now) -> store.settle(tx, now, awaySince(now)))
                .map(ended -> ended.jobIds().size());
    }

    private Instant awaySince(Instant now) {
        return steadyFor.get().compareTo(AWAY) < 0 ? Instant.EPOCH : now.minus(AWAY);
    }

    private interface Ending {
        Future<Ended> end(SqlConnection tx, Instant now);
    }

    private Future<Ended> ending(Ending ending) {
        Instant now = clock.instant();
        return database.inTransactionAgain(tx -> ending.end(tx, now)
                        .compose(ended -> jobs.close(tx, ended.jobIds(), now).map(ended)))
                .compose(ended -> ended.hibernated().isEmpty()
                        ? Future.succeededFuture(ended)
                        : store.markHibernated(database.client(), ended.hibernated(), now)
                                .map(ended));
    }
}
