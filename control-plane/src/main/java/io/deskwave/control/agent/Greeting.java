package io.deskwave.control.agent;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.DesktopStore;
import io.deskwave.control.execution.Assignment;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.ExecutionRequest.PostFinish;
import io.deskwave.control.execution.Inbox;
import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ServerMessage;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session does besides talking: takes the desktop over at the hello, reconciles what it holds, gives it back at the
 * end. A step is taken as proven or failed only for the record that the desktop is taken by.
 */
final class Greeting {
    private static final Logger LOG = LoggerFactory.getLogger(Greeting.class);

    private final Database database;
    private final DesktopStore desktops;
    private final Assignments assignments;
    private final Inbox inbox;
    private final AgentSessions sessions;
    private final Consumer<UUID> onReady;
    private final UUID nodeId;
    private final InstantSource clock;

    Greeting(
            Database database,
            DesktopStore desktops,
            Assignments assignments,
            Inbox inbox,
            AgentSessions sessions,
            Consumer<UUID> onReady,
            UUID nodeId,
            InstantSource clock) {
        this.database = database;
        this.desktops = desktops;
        this.assignments = assignments;
        this.inbox = inbox;
        this.sessions = sessions;
        this.onReady = onReady;
        this.nodeId = nodeId;
        this.clock = clock;
    }

    /** The answer to a hello, and the number that fences older sessions of the desktop. */
    record Welcome(long epoch, ServerMessage.Welcome message) {}

    Inbox inbox() {
        return inbox;
    }

    Future<Welcome> greet(AgentIdentities.Identity identity, AgentMessage.Hello hello) {
        if (hello.protocolVersion() != Protocol.VERSION) {
            throw new IllegalArgumentException("this control plane speaks protocol version " + Protocol.VERSION
                    + ", the agent " + hello.protocolVersion() + ": update the older one");
        }
        UUID desktopId = identity.desktopId();
        return desktops.connect(
                        database.client(), desktopId, nodeId, hello.host(), hello.scriptTypes(), hello.agentVersion())
                .map(session -> session.orElseThrow(() -> new IllegalStateException("the desktop was deleted")))
                .compose(session -> assignments
                        .reconcile(desktopId, hello.held())
                        .map(verdicts -> new Welcome(
                                session.epoch(), new ServerMessage.Welcome(desktopId, clock.instant(), verdicts)))
                        .recover(failure -> giveBack(desktopId, session.epoch(), failure)));
    }

    /** A desktop that was not welcomed must not stand there as connected. */
    private Future<Welcome> giveBack(UUID desktopId, long epoch, Throwable failure) {
        return desktops.disconnect(database.client(), desktopId, epoch).transform(done -> Future.failedFuture(failure));
    }

    void ready(AgentSession session) {
        sessions.put(session);
        LOG.info("desktop {} connected", session.desktopId());
        onReady.accept(session.desktopId());
    }

    void gone(AgentSession session, long epoch) {
        sessions.remove(session);
        desktops.disconnect(database.client(), session.desktopId(), epoch)
                .onSuccess(was -> LOG.info("desktop {} disconnected", session.desktopId()))
                .onFailure(failure -> LOG.warn(
                        "desktop {} is gone, but that cannot be stored: {}", session.desktopId(), failure.toString()));
    }

    Future<Void> hostChanged(UUID desktopId, long epoch, HostInfo host) {
        return desktops.updateHost(database.client(), desktopId, epoch, host).mapEmpty();
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
