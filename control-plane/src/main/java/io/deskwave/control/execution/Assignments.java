package io.deskwave.control.execution;

import io.deskwave.control.execution.Assignment.Source;
import io.deskwave.control.execution.Assignment.StepState;
import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.script.Scripts;
import io.deskwave.protocol.AgentMessage.Held;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ServerMessage.Verdict;
import io.deskwave.protocol.Step;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What desktops are taken by: claims for the dispatcher, verdicts for a desktop that comes back, and the power steps. */
public final class Assignments {
    private static final int CLAIM_LIMIT = 3000;
    /** Each conflict ends with a claim that this node sees at its next try. */
    private static final int CLAIM_TRIES = 5;
    /** An agent says at once that it has begun. */
    private static final int UNTOLD_SECONDS = 15;

    private final Changes changes;
    private final Scripts scripts;
    private final Reconciling reconciling;
    private final ClaimStore claims = new ClaimStore();
    private final StepStore steps = new StepStore();
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final Endings endings = new Endings();
    private final InstantSource clock;

    public Assignments(Changes changes, Scripts scripts, InstantSource clock) {
        this.changes = changes;
        this.scripts = scripts;
        this.clock = clock;
        this.reconciling = new Reconciling(changes, clock);
    }

    /** A desktop that comes back, and what it holds. */
    public record Returned(UUID desktopId, List<Held> held) {
        public Returned {
            held = List.copyOf(held);
        }
    }

    /**
     * Claims for the desktops connected to a node; the claims are committed, and their agents are to be told. A desktop that
     * moves between two nodes can be claimed for by both: the second finds it taken, and claims for the others at once.
     */
    public Future<List<Assignment>> claim(UUID nodeId) {
        return claim(nodeId, CLAIM_TRIES);
    }

    private Future<List<Assignment>> claim(UUID nodeId, int tries) {
        return claimOnce(nodeId)
                .recover(failure -> tries > 1 && ClaimStore.isTakenMeanwhile(failure)
                        ? claim(nodeId, tries - 1)
                        : Future.failedFuture(failure));
    }

    private Future<List<Assignment>> claimOnce(UUID nodeId) {
        Instant now = clock.instant();
        return changes.commit(tx -> claims.claim(tx, nodeId, CLAIM_LIMIT, now)
                .compose(ids -> ids.isEmpty() ? Future.succeededFuture(List.<Assignment>of()) : claims.get(tx, ids))
                .map(claimed -> {
                    Set<UUID> taskIds = new HashSet<>();
                    claimed.forEach(assignment -> taskIds.add(assignment.taskId()));
                    return new Change<>(claimed, taskIds, claimed.size() == CLAIM_LIMIT);
                }));
    }

    /** Those that were claimed for a node's desktops a while ago, and of whose start nothing was heard. */
    public Future<List<Assignment>> listUntold(UUID nodeId) {
        return claims.listUntold(sql(), nodeId, clock.instant().minusSeconds(UNTOLD_SECONDS));
    }

    /** The assignments of a node's desktops whose agents have to be told of a stop or a step. */
    public Future<List<Assignment>> listAttention(UUID nodeId) {
        return claims.listAttention(sql(), nodeId);
    }

    public Future<List<Assignment>> findOfDesktop(UUID desktopId) {
        return findOfDesktops(Set.of(desktopId));
    }

    public Future<List<Assignment>> findOfDesktops(Collection<UUID> desktopIds) {
        return claims.findOfDesktops(sql(), desktopIds);
    }

    /** Those of the desktops that are taken by a record: who comes back and is not among them has nothing to reconcile. */
    public Future<Set<UUID>> findTaken(Collection<UUID> desktopIds) {
        return claims.listTaken(sql(), desktopIds).map(Set::copyOf);
    }

    /** The texts to run: of however many commands in one round trip. */
    public Future<Map<Source, String>> texts(Collection<Source> sources) {
        List<UUID> commands = sources.stream()
                .filter(source -> !source.script())
                .map(Source::id)
                .toList();
        Future<Map<Source, String>> found = commands.isEmpty()
                ? Future.succeededFuture(new HashMap<>())
                : claims.getCommands(sql(), commands).map(texts -> {
                    Map<Source, String> of = new HashMap<>();
                    texts.forEach((id, text) -> of.put(new Source(false, id, 0), text));
                    return of;
                });
        for (Source source : sources) {
            if (source.script()) {
                found = found.compose(of -> scripts.text(sql(), source.id(), source.versionNo())
                        .map(text -> {
                            of.put(source, text);
                            return of;
                        }));
            }
        }
        return found;
    }

    /** As {@link Reconciling#reconcile}. */
    public Future<List<List<Verdict>>> reconcile(List<Returned> returned) {
        return reconciling.reconcile(returned);
    }

    /** Ends a claimed record that its desktop cannot run. */
    public Future<Void> skipUnsupported(Assignment assignment) {
        return end(
                assignment.recordId(),
                assignment.attempt(),
                RecordStatus.SKIP,
                ResultCode.UNSUPPORTED,
                "this desktop cannot run " + assignment.scriptType() + " scripts; it runs "
                        + (assignment.supportedTypes().isEmpty()
                                ? "none"
                                : String.join(
                                        ", ",
                                        assignment.supportedTypes().stream()
                                                .sorted()
                                                .toList())));
    }

    /** Whether the step is to be ordered now; false when it was ordered or ended meanwhile. */
    public Future<Boolean> orderPreStart(Assignment assignment, int timeoutMinutes) {
        return steps.orderPreStart(sql(), assignment, clock.instant().plusSeconds(60L * timeoutMinutes));
    }

    public Future<Boolean> endPreStart(Assignment assignment) {
        return steps.endPreStart(sql(), assignment, clock.instant());
    }

    public Future<Boolean> orderPostFinish(Assignment assignment) {
        return steps.orderPostFinish(sql(), assignment);
    }

    /** The step is proven; its desktop is free. */
    public Future<Void> endPostFinish(UUID recordId, int attempt, StepState state, String reason) {
        return changes.commit(tx -> steps.endPostFinish(tx, recordId, attempt, state, reason)
                        .map(taskIds -> new Change<>(taskIds.size(), Set.copyOf(taskIds), !taskIds.isEmpty())))
                .mapEmpty();
    }

    /** The agent cannot do the step. */
    public Future<Void> failStep(UUID recordId, int attempt, Step step, String error) {
        return step == Step.POST_FINISH
                ? endPostFinish(recordId, attempt, StepState.FAILED, error)
                : steps.failPreStart(sql(), recordId, attempt, error)
                        .compose(failed -> failed
                                ? end(
                                        recordId,
                                        attempt,
                                        RecordStatus.FAILED,
                                        ResultCode.START_FAILED,
                                        "the step before the start failed: " + error)
                                : Future.succeededFuture());
    }

    private Future<Void> end(UUID recordId, int attempt, RecordStatus status, ResultCode code, String reason) {
        Instant now = clock.instant();
        Set<UUID> ids = Set.of(recordId);
        return changes.commit(tx -> tasks.lockOfRecords(tx, ids)
                        .compose(states -> records.lock(tx, ids).compose(open -> {
                            List<Closing> closings = open.stream()
                                    .filter(record -> record.attempt() == attempt
                                            && record.status() == RecordStatus.WAITING
                                            && record.busy())
                                    .map(record -> Closing.of(record, status, code, reason, now))
                                    .toList();
                            Set<UUID> taskIds = new HashSet<>();
                            open.forEach(record -> taskIds.add(record.taskId()));
                            return endings.end(tx, Reports.byId(states), open, closings, now)
                                    .map(done -> new Change<>(closings.size(), taskIds, !closings.isEmpty()));
                        })))
                .mapEmpty();
    }

    private SqlClient sql() {
        return changes.database().client();
    }
}
