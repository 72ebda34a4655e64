package io.deskwave.control.dispatch;

import io.deskwave.control.db.Lane;
import io.deskwave.control.execution.Assignment;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.Assignments;
import io.deskwave.control.execution.ExecutionRequest;
import io.deskwave.control.execution.RecordStatus;
import io.deskwave.control.execution.Ring;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.ServerMessage.PowerStep;
import io.deskwave.protocol.ServerMessage.StopScript;
import io.deskwave.protocol.Step;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims records for the desktops of this node and tells their agents. It commands nothing twice by itself: what to say is
 * read from the rows, so a desktop that comes back hears the same again, with the same attempt. A wake-up that comes while
 * it is busy is not lost. Used on one event loop.
 */
public final class Dispatcher implements Ring {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final int STEP_MINUTES = 10;
    private static final long AGAIN_NANOS = 5_000_000_000L;
    /** What was read longer ago is read again: a claim has a minute, and a node that was frozen may have lost it. */
    private static final long STALE_NANOS = 20_000_000_000L;

    private final Vertx vertx;
    private final Assignments assignments;
    private final Outbound outbound;
    private final Orders orders;
    private final ContentSigner stepSigner;
    private final UUID nodeId;
    private final Lane lane = new Lane("look for work", this::look);
    private final Set<UUID> untold = new HashSet<>();
    private final Queue<Ready> ready = new ArrayDeque<>();
    private final Map<UUID, Long> toldAgain = new HashMap<>();
    private boolean sending;

    /** An order to be sent, and when it was read that it is. */
    private record Ready(Assignment assignment, long readAt) {}

    public Dispatcher(
            Vertx vertx,
            Assignments assignments,
            Outbound outbound,
            OrderSigner signer,
            ContentSigner stepSigner,
            UUID nodeId) {
        this.vertx = vertx;
        this.assignments = assignments;
        this.outbound = outbound;
        this.orders = new Orders(vertx, assignments, outbound, signer);
        this.stepSigner = stepSigner;
        this.nodeId = nodeId;
    }

    /** Looks for work every so often, since a ring may be lost. */
    public void start(long pollMillis) {
        vertx.setPeriodic(pollMillis, id -> {
            if (!lane.isDrained()) {
                tellTheUntold();
                wake();
            }
        });
    }

    /** Claims nothing any more: this node is about to end. */
    public void drain() {
        lane.drain();
    }

    @Override
    public void rung(Set<UUID> taskIds, boolean work) {
        if (work) {
            wake();
        }
    }

    /** Claims and tells until there is nothing more to do. */
    public void wake() {
        lane.wake();
    }

    private Future<Boolean> look() {
        return assignments
                .claim(nodeId)
                .onSuccess(this::deliver)
                .compose(claimed -> assignments.listAttention(nodeId))
                .onSuccess(this::deliver)
                .map(false);
    }

    /** Desktops came in, or come back: tells each what it is taken by, then looks for more. */
    public void deliverTo(Set<UUID> desktopIds) {
        if (desktopIds.isEmpty()) {
            return;
        }
        untold.removeAll(desktopIds);
        assignments
                .findOfDesktops(desktopIds)
                .onSuccess(found -> {
                    found.forEach(assignment -> toldAgain.remove(assignment.recordId()));
                    deliver(found);
                    wake();
                })
                .onFailure(failure -> {
                    untold.addAll(desktopIds);
                    LOG.warn(
                            "cannot look up the work of {} desktops, one of them {}: {}",
                            desktopIds.size(),
                            desktopIds.iterator().next(),
                            failure.toString());
                });
    }

    /** A claim whose end was not heard of, or that was made as its desktop left, may never have been told. */
    private void tellTheUntold() {
        deliverTo(Set.copyOf(untold));
        assignments
                .listUntold(nodeId)
                .onSuccess(found -> deliver(
                        found.stream().filter(a -> isDueAgain(a.recordId())).toList()))
                .onFailure(failure -> LOG.warn("cannot look for claims that were not told: {}", failure.toString()));
    }

    /** What is said again until the agent answers is not said at every look. */
    private boolean isDueAgain(UUID recordId) {
        return toldAgain.putIfAbsent(recordId, System.nanoTime()) == null;
    }

    private void deliver(List<Assignment> found) {
        long now = System.nanoTime();
        toldAgain.values().removeIf(told -> now - told > AGAIN_NANOS);
        for (Assignment assignment : found) {
            if (isReady(assignment)) {
                ready.add(new Ready(assignment, now));
            } else {
                tell(assignment).onFailure(failure -> untold(List.of(assignment), failure));
            }
        }
        sendNext();
    }

    /** One part after the other: what the first desktops answer, and what callers ask, is heard in between. */
    private void sendNext() {
        if (sending || ready.isEmpty()) {
            return;
        }
        sending = true;
        var some = new ArrayList<Assignment>(Orders.TOGETHER);
        long readAt = ready.element().readAt();
        while (some.size() < Orders.TOGETHER && !ready.isEmpty()) {
            some.add(ready.remove().assignment());
        }
        orders.send(some, isFresh(readAt))
                .onFailure(failure -> untold(some, failure))
                .onComplete(sent -> {
                    sending = false;
                    sendNext();
                });
    }

    /** Asked at the last moment, with the sockets at hand. */
    private static BooleanSupplier isFresh(long readAt) {
        return () -> System.nanoTime() - readAt < STALE_NANOS;
    }

    private void untold(List<Assignment> assignments, Throwable failure) {
        assignments.forEach(assignment -> untold.add(assignment.desktopId()));
        LOG.warn(
                "cannot tell {} desktops of their records, the first of them {} of {}: {}",
                assignments.size(),
                assignments.get(0).desktopId(),
                assignments.get(0).recordId(),
                failure.toString());
    }

    /** Whether its script is to be sent, and nothing else is to be done before. */
    private static boolean isReady(Assignment a) {
        return a.status() == RecordStatus.WAITING
                && !a.stopRequested()
                && a.supported()
                && (a.preStartState() == null || a.preStartState() == StepState.DONE);
    }

    private Future<Void> tell(Assignment a) {
        if (a.status().ended()) {
            return postFinish(a);
        }
        if (a.stopRequested()) {
            return stop(a);
        }
        if (a.status() == RecordStatus.RUNNING) {
            return Future.succeededFuture();
        }
        if (!a.supported()) {
            return assignments.skipUnsupported(a);
        }
        long readAt = System.nanoTime();
        return preStartDone(a)
                .compose(done -> done ? orders.send(List.of(a), isFresh(readAt)) : Future.succeededFuture());
    }

    private Future<Void> stop(Assignment a) {
        if (isDueAgain(a.recordId())) {
            outbound.send(a.desktopId(), a.sessionEpoch(), new StopScript(a.recordId(), a.attempt()));
        }
        return Future.succeededFuture();
    }

    /** Whether the script may be sent; false while a reboot before it is under way. */
    private Future<Boolean> preStartDone(Assignment a) {
        StepState state = a.preStartState();
        if (state == null || state == StepState.DONE) {
            return Future.succeededFuture(true);
        }
        boolean reboot = ExecutionRequest.PreStart.REBOOT.name().equals(a.preStart());
        if (!reboot || (state == StepState.SENT && a.rebootedSinceStep())) {
            return assignments.endPreStart(a); // being here means being online
        }
        return switch (state) {
            case PENDING ->
                assignments.orderPreStart(a, STEP_MINUTES).map(ordered -> {
                    if (ordered) {
                        sendStep(a, Step.PRE_START, PowerAction.REBOOT, a.bootId());
                    }
                    return false;
                });
            case SENT -> {
                sendStep(a, Step.PRE_START, PowerAction.REBOOT, String.valueOf(a.stepBootId()));
                yield Future.succeededFuture(false);
            }
            case DONE, FAILED -> Future.succeededFuture(false);
        };
    }

    private Future<Void> postFinish(Assignment a) {
        StepState state = a.postFinishState();
        boolean reboot = ExecutionRequest.PostFinish.REBOOT.name().equals(a.postFinish());
        PowerAction action = reboot ? PowerAction.REBOOT : PowerAction.STOP;
        if (state == StepState.SENT && a.rebootedSinceStep()) {
            return assignments.endPostFinish(
                    a.recordId(), a.attempt(), StepState.DONE, "the desktop came back with another boot id");
        }
        if (state == StepState.SENT) {
            sendStep(a, Step.POST_FINISH, action, String.valueOf(a.stepBootId()));
        } else if (state == StepState.PENDING) {
            return assignments.orderPostFinish(a).map(ordered -> {
                if (ordered) {
                    sendStep(a, Step.POST_FINISH, action, a.bootId());
                }
                return null;
            });
        }
        return Future.succeededFuture();
    }

    private void sendStep(Assignment a, Step step, PowerAction action, String bootId) {
        var unsigned = new PowerStep(a.desktopId(), a.recordId(), a.attempt(), step, action, bootId, "");
        BooleanSupplier fresh = isFresh(System.nanoTime());
        stepSigner
                .sign(unsigned.signedContent())
                .onSuccess(signature -> {
                    if (fresh.getAsBoolean()) {
                        sendStep(
                                a.sessionEpoch(), unsigned.signed(signature)); // else it is read again at the next look
                    }
                })
                .onFailure(failure -> untold(List.of(a), failure));
    }

    private void sendStep(long epoch, PowerStep step) {
        if (outbound.send(step.desktopId(), epoch, step)) {
            LOG.info(
                    "record {}/{}: {} {} sent to desktop {}",
                    step.recordId(),
                    step.attempt(),
                    step.step(),
                    step.action(),
                    step.desktopId());
        }
    }
}
