package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Act;
import io.deskwave.control.chaos.History.ExecutionRecord;
import io.deskwave.control.chaos.History.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The rule of the gate. Tasks of which something was retried are judged again by it, and are left out here. Pure. */
final class GrayChecks {
    private final Map<String, Integer> starts = new HashMap<>();
    private final Map<String, Integer> ends = new HashMap<>();
    private final List<String> findings = new ArrayList<>();

    private GrayChecks() {}

    static List<String> check(History history) {
        var checks = new GrayChecks();
        for (int i = 0; i < history.acts().size(); i++) {
            Act act = history.acts().get(i);
            (act.start() ? checks.starts : checks.ends).putIfAbsent(act.run(), i);
        }
        Map<UUID, List<ExecutionRecord>> ofTask =
                history.records().stream().collect(Collectors.groupingBy(ExecutionRecord::taskId));
        for (Task task : history.tasks()) {
            if (!history.retried().contains(task.id())) {
                checks.check(task, ofTask.getOrDefault(task.id(), List.of()));
            }
        }
        return checks.findings;
    }

    private void check(Task task, List<ExecutionRecord> records) {
        List<ExecutionRecord> gray =
                records.stream().filter(record -> record.batch() == 1).toList();
        List<ExecutionRecord> rest =
                records.stream().filter(record -> record.batch() == 2).toList();
        boolean halted = records.stream().anyMatch(record -> "GRAY_HALTED".equals(record.code()));
        boolean restStarted = rest.stream().anyMatch(record -> starts.containsKey(run(record)));
        long failed =
                gray.stream().filter(record -> record.status().equals("FAILED")).count();
        boolean proven = gray.stream().collect(Collectors.groupingBy(ExecutionRecord::desk)).values().stream()
                .anyMatch(ofDesk ->
                        ofDesk.stream().allMatch(record -> record.status().equals("SUCCESS")));
        boolean mayOpen = failed < task.threshold() && proven;
        if (task.gate().equals("NONE") && (!gray.isEmpty() || halted)) {
            findings.add("task " + task.id() + " has no gate and yet gray or halted records");
        }
        if (task.gate().equals("CLOSED") && restStarted) {
            findings.add("the gate of task " + task.id() + " is closed and some of the rest started");
        }
        if (task.gate().equals("OPEN") && (!mayOpen || halted)) {
            findings.add("the gate of task " + task.id() + " opened with " + failed + " failures, limit "
                    + task.threshold() + (proven ? "" : ", and no gray desktop succeeded"));
        }
        if (halted && mayOpen) {
            findings.add("task " + task.id() + " was halted with " + failed + " failures, limit " + task.threshold());
        }
        if (restStarted) {
            int first = rest.stream()
                    .mapToInt(record -> starts.getOrDefault(run(record), Integer.MAX_VALUE))
                    .min()
                    .orElseThrow();
            gray.stream()
                    .filter(record -> "EXITED".equals(record.code()) && ends.getOrDefault(run(record), -1) > first)
                    .forEach(record -> findings.add("some of the rest of task " + task.id()
                            + " started before gray record " + record.id() + " had ended"));
        }
    }

    private static String run(ExecutionRecord record) {
        return record.id() + "-" + record.attempt();
    }
}
