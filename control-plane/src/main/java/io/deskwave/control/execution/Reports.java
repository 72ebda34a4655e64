package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.Changes.Change;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.OutputStore.Claimed;
import io.deskwave.control.execution.OutputStore.Head;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What agents report: starts, output and outcomes, many at a time in one transaction. News of an attempt that is no longer
 * the present one, of an ended record or of another desktop's record changes nothing.
 */
public final class Reports {
    /** After a run's time is up the agent needs some to end the tree, and a cut connection some to come back. */
    static final int NEWS_GRACE_SECONDS = 75;

    /** A desktop may not store more than its limit; the agent cuts, this only keeps a broken one in bounds. */
    private static final long KEPT_BYTES_LIMIT =
            Protocol.DEFAULT_OUTPUT_LIMIT_BYTES + (long) Protocol.MAX_OUTPUT_CHUNK_BYTES;

    private final Changes changes;
    private final TaskStore tasks = new TaskStore();
    private final RecordStore records = new RecordStore();
    private final ProgressStore progress = new ProgressStore();
    private final OutputStore outputs = new OutputStore();
    private final Endings endings = new Endings();
    private final InstantSource clock;

    public Reports(Changes changes, InstantSource clock) {
        this.changes = changes;
        this.clock = clock;
    }

    /** One piece of news, from the desktop whose session it came over. */
    public sealed interface Report {
        UUID desktopId();

        record Started(UUID desktopId, UUID recordId, int attempt, Instant startedAt, String consoleCharset)
                implements Report {}

        record Printed(UUID desktopId, Output output) implements Report {}

        record Finished(UUID desktopId, UUID recordId, int attempt, Outcome outcome) implements Report {}
    }

    /**
     * Where an attempt's output stands after the commit.
     *
     * @param rewind whether chunks were not the expected ones, so that the agent has to go on from here
     */
    public record Stored(long nextSeq, long stdoutEnd, long stderrEnd, boolean rewind) {}

    /** Commits all of this together; answers where the output of each attempt stands. */
    public Future<Map<AttemptKey, Stored>> commit(List<Report> reports) {
        var starts = new ArrayList<Report.Started>();
        var printed = new ArrayList<Report.Printed>();
        var finished = new ArrayList<Report.Finished>();
        for (Report report : reports) {
            if (report instanceof Report.Started started) {
                starts.add(started);
            } else if (report instanceof Report.Printed output) {
                printed.add(output);
            } else if (report instanceof Report.Finished end) {
                finished.add(end);
            }
        }
        var startedAndEnded = takeStartsOf(finished, starts);
        Instant now = clock.instant();
        return changes.commit(tx -> {
            Set<UUID> changed = new HashSet<>();
            var stored = new LinkedHashMap<AttemptKey, Stored>();
            return lock(tx, starts, finished)
                    .compose(states -> start(tx, starts, changed, now)
                            .compose(done -> print(tx, printed, changed, stored))
                            .compose(done -> finish(tx, states, finished, startedAndEnded, changed, now)))
                    .map(work -> new Change<Map<AttemptKey, Stored>>(stored, changed, work, !finished.isEmpty()));
        });
    }

    /** A start that comes together with its end is stored with it: one version of the row less. */
    private static Map<Claimed, Report.Started> takeStartsOf(
            List<Report.Finished> finished, List<Report.Started> starts) {
        if (finished.isEmpty() || starts.isEmpty()) {
            return Map.of();
        }
        Set<Claimed> ends = new HashSet<>();
        finished.forEach(report -> ends.add(new Claimed(report.recordId(), report.attempt(), report.desktopId())));
        var taken = new HashMap<Claimed, Report.Started>();
        starts.removeIf(start -> {
            var key = new Claimed(start.recordId(), start.attempt(), start.desktopId());
            if (!ends.contains(key)) {
                return false;
            }
            taken.putIfAbsent(key, start);
            return true;
        });
        return taken;
    }

    private Future<Map<UUID, TaskState>> lock(
            SqlConnection tx, List<Report.Started> starts, List<Report.Finished> finished) {
        Set<UUID> ids = new HashSet<>();
        starts.forEach(report -> ids.add(report.recordId()));
        finished.forEach(report -> ids.add(report.recordId()));
        return ids.isEmpty()
                ? Future.succeededFuture(Map.of())
                : tasks.lockOfRecords(tx, ids).map(Reports::byId);
    }

    static Map<UUID, TaskState> byId(List<TaskState> states) {
        var byId = new HashMap<UUID, TaskState>();
        states.forEach(state -> byId.put(state.id(), state));
        return byId;
    }

    private Future<Void> start(SqlConnection tx, List<Report.Started> starts, Set<UUID> changed, Instant now) {
        if (starts.isEmpty()) {
            return Future.succeededFuture();
        }
        var rows = starts.stream()
                .map(s -> new ProgressStore.Start(
                        s.recordId(), s.attempt(), s.desktopId(), s.startedAt(), s.consoleCharset()))
                .toList();
        return progress.start(tx, rows, NEWS_GRACE_SECONDS, now).compose(taskIds -> {
            changed.addAll(taskIds);
            return taskIds.isEmpty()
                    ? Future.succeededFuture()
                    : tasks.start(tx, new HashSet<>(taskIds), now).mapEmpty();
        });
    }

    private Future<Void> print(
            SqlConnection tx, List<Report.Printed> printed, Set<UUID> changed, Map<AttemptKey, Stored> stored) {
        if (printed.isEmpty()) {
            return Future.succeededFuture();
        }
        Set<Claimed> claimed = new HashSet<>();
        printed.forEach(
                p -> claimed.add(new Claimed(p.output().recordId(), p.output().attempt(), p.desktopId())));
        return outputs.getHeads(tx, claimed).compose(heads -> store(tx, heads, printed, changed, stored));
    }

    private Future<Void> store(
            SqlConnection tx,
            Map<AttemptKey, Head> heads,
            List<Report.Printed> printed,
            Set<UUID> changed,
            Map<AttemptKey, Stored> stored) {
        Map<AttemptKey, Head> moving = new LinkedHashMap<>();
        var chunks = new ArrayList<Output>();
        var taskIds = new ArrayList<UUID>();
        for (Report.Printed report : printed) {
            Output output = report.output();
            var key = new AttemptKey(output.recordId(), output.attempt());
            Head head = moving.getOrDefault(key, heads.get(key));
            if (head == null || !head.live() || !head.desktopId().equals(report.desktopId())) {
                stored.put(key, politely(output, stored.get(key)));
            } else if (fits(head, output)) {
                Head moved = moved(head, output);
                moving.put(key, moved);
                chunks.add(output);
                taskIds.add(head.taskId());
                Stored before = stored.get(key);
                stored.put(key, stored(moved, before != null && before.rewind()));
            } else {
                stored.put(key, stored(head, !isRepeated(head, output)));
            }
        }
        if (moving.isEmpty()) {
            return Future.succeededFuture();
        }
        changed.addAll(taskIds);
        List<Head> from = moving.keySet().stream().map(heads::get).toList();
        return Database.withPlansKept(tx, () -> outputs.moveHeads(tx, from, List.copyOf(moving.values()))
                .compose(moved -> moved == moving.size()
                        ? outputs.insert(tx, chunks, taskIds).mapEmpty()
                        : Future.failedFuture(new IllegalStateException("the output of a record moved meanwhile"))));
    }

    /** Nobody waits for it: let the agent go on to its outcome. */
    private static Stored politely(Output output, @Nullable Stored before) {
        long end = output.offset() + output.bytes().length;
        boolean isStdout = output.stream() == OutputStreamName.STDOUT;
        return new Stored(
                output.seq() + 1,
                isStdout ? end : before == null ? 0 : before.stdoutEnd(),
                isStdout ? before == null ? 0 : before.stderrEnd() : end,
                false);
    }

    /** Its number alone does not tell: after a reconnect the same bytes may come in chunks of another size. */
    private static boolean isRepeated(Head head, Output output) {
        long end = output.stream() == OutputStreamName.STDOUT ? head.stdoutEnd() : head.stderrEnd();
        return output.seq() < head.nextSeq() && output.offset() + output.bytes().length <= end;
    }

    private static boolean fits(Head head, Output output) {
        long end = output.stream() == OutputStreamName.STDOUT ? head.stdoutEnd() : head.stderrEnd();
        return output.seq() == head.nextSeq()
                && output.offset() >= end
                && (output.follows() == null || output.follows() == end)
                && output.bytes().length > 0
                && head.keptBytes() + output.bytes().length <= KEPT_BYTES_LIMIT;
    }

    private static Head moved(Head head, Output output) {
        long end = output.offset() + output.bytes().length;
        boolean isStdout = output.stream() == OutputStreamName.STDOUT;
        return new Head(
                head.recordId(),
                head.attempt(),
                head.desktopId(),
                head.taskId(),
                head.nextSeq() + 1,
                isStdout ? end : head.stdoutEnd(),
                isStdout ? head.stderrEnd() : end,
                head.keptBytes() + output.bytes().length,
                true);
    }

    private static Stored stored(Head head, boolean rewind) {
        return new Stored(head.nextSeq(), head.stdoutEnd(), head.stderrEnd(), rewind);
    }

    /** Answers as {@link Endings#end}. */
    private Future<Boolean> finish(
            SqlConnection tx,
            Map<UUID, TaskState> states,
            List<Report.Finished> finished,
            Map<Claimed, Report.Started> starts,
            Set<UUID> changed,
            Instant now) {
        if (finished.isEmpty()) {
            return Future.succeededFuture(false);
        }
        return records.lock(tx, finished.stream().map(Report.Finished::recordId).toList())
                .compose(open -> {
                    var byId = new HashMap<UUID, OpenRecord>();
                    open.forEach(record -> byId.put(record.id(), record));
                    var closings = new LinkedHashMap<UUID, Closing>();
                    var late = new ArrayList<ProgressStore.Late>();
                    for (Report.Finished report : finished) {
                        OpenRecord record = byId.get(report.recordId());
                        if (record != null && awaits(record, report)) {
                            changed.add(record.taskId());
                            Report.Started start =
                                    starts.get(new Claimed(report.recordId(), report.attempt(), report.desktopId()));
                            closings.put(record.id(), closing(record, report, start));
                        } else {
                            late.add(new ProgressStore.Late(
                                    report.recordId(),
                                    report.attempt(),
                                    report.desktopId(),
                                    new JsonObject(storableJson(report.outcome()))));
                        }
                    }
                    return endings.end(tx, states, open, List.copyOf(closings.values()), now)
                            .compose(work -> late.isEmpty()
                                    ? Future.succeededFuture(work)
                                    : progress.keepLate(tx, late).map(true)); // a claim may have passed over its lock
                });
    }

    private static boolean awaits(OpenRecord record, Report.Finished report) {
        return !record.status().ended()
                && record.busy()
                && record.attempt() == report.attempt()
                && record.desktopId().equals(report.desktopId());
    }

    /** PostgreSQL's JSON takes no NUL either. */
    private static String storableJson(Outcome outcome) {
        return Wire.toJson(outcome).replace("\\u0000", "\\ufffd");
    }

    private static Closing closing(OpenRecord record, Report.Finished report, Report.@Nullable Started start) {
        Closing closing = closing(record, report);
        return start != null && record.status() == RecordStatus.WAITING
                ? closing.startedToo(start.startedAt(), start.consoleCharset())
                : closing;
    }

    private static Closing closing(OpenRecord record, Report.Finished report) {
        Outcome outcome = report.outcome();
        if (Closing.isAgentsWord(outcome.code())) {
            return Closing.of(record.id(), record.attempt(), outcome, record.successCodes());
        }
        return Closing.of(
                record,
                RecordStatus.FAILED,
                ResultCode.START_FAILED,
                "the agent reported " + outcome.code() + ", which is not for an agent to say",
                outcome.endedAt());
    }
}
