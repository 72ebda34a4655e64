package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.ExecutionRecord;
import io.deskwave.control.chaos.History.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Says what is wrong with a {@link History}, one sentence each; nothing when the contract was kept. Pure. */
public final class Checker {
    private static final Set<String> ENDED = Set.of("SUCCESS", "FAILED", "SKIP");

    private final History history;
    private final Map<UUID, ExecutionRecord> records;
    private final Map<UUID, Task> tasks;
    private final Map<UUID, List<ExecutionRecord>> ofTask;
    private final List<String> findings = new ArrayList<>();

    private Checker(History history) {
        this.history = history;
        this.records = history.records().stream().collect(Collectors.toMap(ExecutionRecord::id, Function.identity()));
        this.tasks = history.tasks().stream().collect(Collectors.toMap(Task::id, Function.identity()));
        this.ofTask = history.records().stream().collect(Collectors.groupingBy(ExecutionRecord::taskId));
    }

    public static List<String> check(History history) {
        var checker = new Checker(history);
        checker.nothingIsLost();
        checker.everythingEnded();
        checker.countersEqualRows();
        checker.listsEqualRows();
        checker.whatEndedStays();
        checker.findings.addAll(RunChecks.check(history));
        checker.findings.addAll(OutputChecks.check(history));
        checker.findings.addAll(GrayChecks.check(history));
        return List.copyOf(checker.findings);
    }

    private void find(String sentence) {
        findings.add(sentence);
    }

    private void nothingIsLost() {
        history.acknowledged().forEach((id, count) -> {
            Task task = tasks.get(id);
            if (task == null) {
                find("task " + id + " was acknowledged and is lost");
            } else if (task.total() != count) {
                find("task " + id + " has " + task.total() + " records and was ordered with " + count);
            }
        });
        for (Task task : history.tasks()) {
            int rows = ofTask.getOrDefault(task.id(), List.of()).size();
            if (rows != task.total()) {
                find("task " + task.id() + " should have " + task.total() + " records and has " + rows + ": lost");
            }
        }
        int more = history.tasks().size() - history.acknowledged().size();
        if (more > history.unknownOrders()) {
            find("there are " + more + " tasks that nobody was told of, from " + history.unknownOrders()
                    + " orders whose answer was lost: doubled");
        }
    }

    private void everythingEnded() {
        for (ExecutionRecord record : history.records()) {
            if (!ENDED.contains(record.status())) {
                find("record " + record.id() + " on " + record.desk() + " is stuck in " + record.status() + ", attempt "
                        + record.attempt());
            }
        }
        for (Task task : history.tasks()) {
            if (!Set.of("SUCCESS", "FAILED").contains(task.status())) {
                find("task " + task.id() + " is stuck in " + task.status());
            }
        }
        if (history.openWork() > 0) {
            find(history.openWork() + " rows are left in record_work, " + history.busyDesktops()
                    + " of them hold their desktop: stuck");
        }
    }

    private void countersEqualRows() {
        for (Task task : history.tasks()) {
            List<ExecutionRecord> rows = ofTask.getOrDefault(task.id(), List.of());
            expect(task, "success_num", task.succeeded(), count(rows, "SUCCESS", false));
            expect(task, "failed_num", task.failed(), count(rows, "FAILED", false));
            expect(task, "skip_num", task.skipped(), count(rows, "SKIP", false));
            expect(task, "gray_failed", task.grayFailed(), count(rows, "FAILED", true));
            expect(
                    task,
                    "gray_ended",
                    task.grayEnded(),
                    count(rows, "FAILED", true) + count(rows, "SUCCESS", true) + count(rows, "SKIP", true));
            expect(task, "gray_total", task.grayTotal(), (int)
                    rows.stream().filter(row -> row.batch() == 1).count());
        }
    }

    private void expect(Task task, String counter, int told, int counted) {
        if (told != counted) {
            find("task " + task.id() + " says " + counter + " " + told + " and its rows say " + counted);
        }
    }

    private static int count(List<ExecutionRecord> rows, String status, boolean grayOnly) {
        return (int) rows.stream()
                .filter(row -> row.status().equals(status) && (!grayOnly || row.batch() == 1))
                .count();
    }

    private void listsEqualRows() {
        var expectedTasks = new HashMap<UUID, String>();
        history.tasks().forEach(t -> expectedTasks.put(t.id(), t.succeeded() + "/" + t.failed() + "/" + t.skipped()));
        compare("tasks", history.lists().taskCount(), history.lists().tasks(), expectedTasks);
        var expectedRecords = new HashMap<UUID, String>();
        history.records().forEach(r -> expectedRecords.put(r.id(), r.status() + " " + r.code() + " " + r.attempt()));
        compare("records", history.lists().recordCount(), history.lists().records(), expectedRecords);
    }

    private void compare(String what, int count, List<Map.Entry<UUID, String>> listed, Map<UUID, String> expected) {
        if (count != expected.size()) {
            find("the list of " + what + " says it has " + count + " and there are " + expected.size());
        }
        var met = new HashSet<UUID>();
        for (Map.Entry<UUID, String> each : listed) {
            if (!met.add(each.getKey())) {
                find("the list of " + what + " has " + each.getKey() + " twice");
            } else if (!each.getValue().equals(expected.get(each.getKey()))) {
                find("the list of " + what + " says of " + each.getKey() + " " + each.getValue() + " and its row says "
                        + expected.get(each.getKey()));
            }
        }
        expected.keySet().stream()
                .filter(id -> !met.contains(id))
                .forEach(id -> find("the list of " + what + " lacks " + id));
    }

    /** Late news never changes an ended record. */
    private void whatEndedStays() {
        var endings = new HashMap<History.EndKey, String>();
        for (Attempt attempt : history.attempts()) {
            endings.put(new History.EndKey(attempt.recordId(), attempt.attempt(), attempt.endTime()), attempt.ending());
        }
        history.endings().forEach((key, seen) -> {
            if (!seen.equals(endings.get(key))) {
                find("record " + key.recordId() + ", attempt " + key.attempt() + ", was seen to have ended as " + seen
                        + " at " + key.endTime() + " and that is not in its story any more");
            }
        });
        for (ExecutionRecord record : history.records()) {
            if (ENDED.contains(record.status()) && !tasks.containsKey(record.taskId())) {
                find("record " + record.id() + " belongs to no task");
            }
        }
        if (records.size() != history.records().size()) {
            find("a record is there twice");
        }
    }
}
