package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Act;
import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.EndKey;
import io.deskwave.control.chaos.History.ExecutionRecord;
import io.deskwave.control.chaos.History.Lists;
import io.deskwave.control.chaos.History.Range;
import io.deskwave.control.chaos.History.Raw;
import io.deskwave.control.chaos.History.Stored;
import io.deskwave.control.chaos.History.StreamKey;
import io.deskwave.control.chaos.History.Task;
import io.deskwave.control.chaos.History.Watched;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A history with which nothing is wrong, to be spoilt in one place: one task, whose gray record on desk-1 succeeded, and
 * then that on desk-2, which failed at its first attempt, was stopped, and succeeded at its second.
 */
final class SoundStory {
    static final UUID TASK = new UUID(1, 1);
    static final UUID GRAY = new UUID(2, 1);
    static final UUID REST = new UUID(2, 2);
    static final Payload PAYLOAD = new Payload(0, 4, 2, 0, 0);

    final Map<UUID, Integer> acknowledged = new HashMap<>(Map.of(TASK, 2));
    final List<Task> tasks = new ArrayList<>(List.of(task(2, 0, 0)));
    final List<ExecutionRecord> records = new ArrayList<>(List.of(
            record(GRAY, "desk-1", 1, "SUCCESS", 1, "EXITED"), record(REST, "desk-2", 2, "SUCCESS", 2, "EXITED")));
    final List<Attempt> attempts = new ArrayList<>(List.of(
            exited(GRAY, 1, "t1"),
            new Attempt(REST, 1, "FAILED", "STOPPED", null, 10, 0, "t2"),
            exited(REST, 2, "t3")));
    final List<Stored> outputs = new ArrayList<>(List.of(
            whole(GRAY, 1, "stdout"),
            whole(GRAY, 1, "stderr"),
            new Stored(REST, 1, "stdout", List.of(new Range(0, 10)), -1, 10),
            whole(REST, 2, "stdout"),
            whole(REST, 2, "stderr")));
    final List<Act> acts = new ArrayList<>(List.of(
            new Act(true, GRAY + "-1", "desk-1"),
            new Act(false, GRAY + "-1", "desk-1"),
            new Act(true, REST + "-1", "desk-2"),
            new Act(true, REST + "-2", "desk-2"),
            new Act(false, REST + "-2", "desk-2")));
    final Map<EndKey, String> endings = new HashMap<>(
            Map.of(new EndKey(GRAY, 1, "t1"), "SUCCESS EXITED 0", new EndKey(REST, 1, "t2"), "FAILED STOPPED -1"));
    final Map<StreamKey, Long> heads = new HashMap<>(Map.of(new StreamKey(GRAY, 1, "stdout"), 10L));
    final List<Watched> watched = new ArrayList<>(
            List.of(new Watched(TASK, true, GRAY, 1, "stdout", List.of(new Range(0, length(GRAY, 1, "stdout"))), -1)));
    final List<Raw> raw = new ArrayList<>(List.of(new Raw(GRAY, 1, "stdout", true)));
    final Set<UUID> retried = new HashSet<>();
    final List<Map.Entry<UUID, String>> listedTasks = new ArrayList<>(List.of(Map.entry(TASK, "2/0/0")));
    final List<Map.Entry<UUID, String>> listedRecords =
            new ArrayList<>(List.of(Map.entry(REST, "SUCCESS EXITED 2"), Map.entry(GRAY, "SUCCESS EXITED 1")));
    int listedCount = 2;
    int openWork;

    History told() {
        return new History(
                acknowledged,
                0,
                tasks,
                records,
                attempts,
                outputs,
                acts,
                endings,
                heads,
                watched,
                raw,
                Set.of(),
                retried,
                openWork,
                openWork,
                new Lists(1, listedTasks, listedCount, listedRecords));
    }

    static Task task(int succeeded, int failed, int skipped) {
        return new Task(TASK, "SUCCESS", 2, succeeded, failed, skipped, "OPEN", 1, 1, 0, 1);
    }

    static ExecutionRecord record(UUID id, String desk, int batch, String status, int attempt, String code) {
        return new ExecutionRecord(id, TASK, desk, 0, batch, status, attempt, code, PAYLOAD);
    }

    static Attempt exited(UUID record, int attempt, String endTime) {
        return new Attempt(
                record,
                attempt,
                "SUCCESS",
                "EXITED",
                0,
                length(record, attempt, "stdout"),
                length(record, attempt, "stderr"),
                endTime);
    }

    static Stored whole(UUID record, int attempt, String stream) {
        long end = length(record, attempt, stream);
        return new Stored(record, attempt, stream, List.of(new Range(0, end)), -1, end);
    }

    static long length(UUID record, int attempt, String stream) {
        return PAYLOAD.output(record + "-" + attempt, stream).length;
    }
}
