package io.deskwave.control.agent;

import io.deskwave.control.db.GroupedCalls;
import io.deskwave.control.desktop.SessionStore.Arrival;
import io.deskwave.control.desktop.SessionStore.HostChange;
import io.deskwave.control.desktop.SessionStore.Session;
import io.deskwave.control.execution.Assignment;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.Assignments.Returned;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.Inbox;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session does besides talking: takes the desktop over at the hello, reconciles what it holds, gives it back at the
 * end. A step is taken as proven or failed only for the record that the desktop is taken by.
 */
final class Greeting {
    private static final Logger LOG = LoggerFactory.getLogger(Greeting.class);

    /** One transaction, which locks the tasks of all of them while it lasts. */
    private static final int RECONCILED_AT_ONCE = 1024;
    /** Who holds more goes alone, so that one transaction stays small. */
    private static final int HELD_IN_COMPANY = 100;

    private final SessionRows rows;
    private final Assignments assignments;
    private final GroupedCalls<Returned, List<Verdict>> reconciling;
    private final GroupedCalls<Returned, List<Verdict>> reconcilingAlone;
    private final Inbox inbox;
    private final AgentSessions sessions;
    private final PowerNews power;
    private final InstantSource clock;

    Greeting(
            SessionRows rows,
            Assignments assignments,
            Inbox inbox,
            AgentSessions sessions,
            PowerNews power,
            InstantSource clock) {
        this.rows = rows;
        this.assignments = assignments;
        this.reconciling = new GroupedCalls<>(RECONCILED_AT_ONCE, Returned::desktopId, assignments::reconcile);
        this.reconcilingAlone = new GroupedCalls<>(1, Returned::desktopId, assignments::reconcile);
        this.inbox = inbox;
        this.sessions = sessions;
        this.power = power;
        this.clock = clock;
    }

    /** The answer to a hello, and the session as the database knows it. */
    record Welcome(Session session, ServerMessage.Welcome message) {}

    Inbox inbox() {
        return inbox;
    }

    PowerNews power() {
        return power;
    }

    Future<Welcome> greet(AgentIdentities.Identity identity, AgentMessage.Hello hello) {
        if (hello.protocolVersion() != Protocol.VERSION) {
            throw new IllegalArgumentException("this control plane speaks protocol version " + Protocol.VERSION
                    + ", the agent " + hello.protocolVersion() + ": update the older one");
        }
        var arrival = new Arrival(
                identity.desktopId(),
                identity.publicKey(),
                identity.instanceId(),
                hello.host(),
                hello.scriptTypes(),
                hello.agentVersion(),
                hello.abilities());
        return rows.connect(arrival)
                .map(connected -> connected.orElseThrow(() -> new IllegalStateException(
                        "the desktop was deleted, or enrolled anew with another key, since this agent was let in")))
                .compose(connected -> verdicts(connected, hello.held())
                        .map(verdicts -> new Welcome(
                                connected.session(),
                                new ServerMessage.Welcome(identity.desktopId(), clock.instant(), verdicts)))
                        .recover(failure -> giveBack(connected.session(), failure)));
    }

    private Future<List<Verdict>> verdicts(SessionRows.Connected connected, List<Held> held) {
        if (held.isEmpty() && !connected.taken()) {
            return Future.succeededFuture(List.of());
        }
        var returned = new Returned(connected.session().desktopId(), held);
        return (held.size() > HELD_IN_COMPANY ? reconcilingAlone : reconciling).ask(returned);
    }

    /** A desktop that was not welcomed must not stand there as connected. */
    private Future<Welcome> giveBack(Session session, Throwable failure) {
        rows.disconnect(session);
        return Future.failedFuture(failure);
    }

    void ready(AgentSession session, Session begun) {
        sessions.put(session);
        rows.ready(begun);
    }

    void gone(AgentSession session, Session ended) {
        sessions.remove(session);
        rows.disconnect(ended);
    }

    /** False when the session is not the desktop's any more. */
    Future<Boolean> hostChanged(Session session, HostInfo host) {
        return rows.updateHost(new HostChange(session, host));
    }

    Future<Void> stepFailed(UUID desktopId, AgentMessage.PowerAccepted step, String error) {
        return findTaken(desktopId, step, taken -> true)
                .compose(taken -> taken.isEmpty()
                        ? Future.succeededFuture()
                        : assignments.failStep(step.recordId(), step.attempt(), step.step(), Protocol.cut(error, 500)));
    }

    /** The agent said that it goes down, and its session has ended: that is all a stopped machine can say. */
    void stopProven(UUID desktopId, AgentMessage.PowerAccepted step) {
        findTaken(desktopId, step, taken -> PostFinish.STOP.name().equals(taken.postFinish()))
                .compose(taken -> taken.isEmpty()
                        ? Future.succeededFuture()
                        : assignments.endPostFinish(
                                step.recordId(), step.attempt(), StepState.DONE, "the desktop's session ended"))
                .onFailure(failure ->
                        LOG.warn("the stop of desktop {} cannot be stored: {}", desktopId, failure.toString()));
    }

    private Future<Optional<Assignment>> findTaken(
            UUID desktopId, AgentMessage.PowerAccepted step, Predicate<Assignment> which) {
        return assignments.findOfDesktop(desktopId).map(found -> found.stream()
                .filter(taken -> taken.recordId().equals(step.recordId()) && taken.attempt() == step.attempt())
                .filter(which)
                .findFirst());
    }
}
