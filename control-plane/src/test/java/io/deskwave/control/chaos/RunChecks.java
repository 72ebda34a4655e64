package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Act;
import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.ExecutionRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the scripts wrote down themselves, against what the records say. Pure. */
final class RunChecks {
    /**
     * Codes with which an attempt may have started. TIMED_OUT and a FAILED with STOPPED were ended in mid-run, perhaps before
     * the script's first line; INTERRUPTED went down in mid-run; of AGENT_LOST nobody knows: it may have run, even to its end.
     */
    private static final Set<String> MAY_START = Set.of(
            "SUCCESS EXITED",
            "FAILED EXITED",
            "FAILED TIMED_OUT",
            "FAILED STOPPED",
            "FAILED INTERRUPTED",
            "FAILED AGENT_LOST");

    /** Where each run of a script began and ended in the order of all acts; -1 where it did not. */
    private record Span(String desk, int from, int to) {}

    private final History history;
    private final Map<String, Span> spans = new LinkedHashMap<>();
    private final Map<String, List<Attempt>> attempts;
    private final Map<UUID, ExecutionRecord> records = new HashMap<>();
    private final List<String> findings = new ArrayList<>();

    private RunChecks(History history) {
        this.history = history;
        this.attempts = history.attempts().stream().collect(Collectors.groupingBy(Attempt::run));
        history.records().forEach(record -> records.put(record.id(), record));
    }

    static List<String> check(History history) {
        var checks = new RunChecks(history);
        checks.readActs();
        checks.everyStartHasItsAttempt();
        history.attempts().forEach(checks::theAttemptDidWhatItSays);
        checks.oneAtATime();
        checks.inTheOrderOfTheTask();
        return checks.findings;
    }

    private void find(String sentence) {
        findings.add(sentence);
    }

    private void readActs() {
        for (int i = 0; i < history.acts().size(); i++) {
            Act act = history.acts().get(i);
            Span before = spans.get(act.run());
            if (act.start() && before != null) {
                find("run " + act.run() + " started twice, on " + before.desk() + " and on " + act.desk()
                        + ": doubled");
            } else if (act.start()) {
                spans.put(act.run(), new Span(act.desk(), i, -1));
            } else if (before == null) {
                find("run " + act.run() + " ended on " + act.desk() + " without a start");
            } else if (before.to() >= 0) {
                find("run " + act.run() + " ended twice: doubled");
            } else {
                spans.put(act.run(), new Span(before.desk(), before.from(), i));
            }
        }
    }

    private void everyStartHasItsAttempt() {
        spans.forEach((run, span) -> {
            ExecutionRecord record = records.get(UUID.fromString(run.substring(0, 36)));
            if (record == null) {
                find("run " + run + " started on " + span.desk() + " and there is no such record");
            } else if (!record.desk().equals(span.desk())) {
                find("run " + run + " started on " + span.desk() + " and belongs to " + record.desk());
            } else if (attempts.getOrDefault(run, List.of()).stream()
                    .noneMatch(attempt -> MAY_START.contains(attempt.status() + " " + attempt.code()))) {
                find("run " + run + " started on " + span.desk() + " and its record says "
                        + attempts.getOrDefault(run, List.of()).stream()
                                .map(Attempt::ending)
                                .toList());
            }
        });
    }

    private void theAttemptDidWhatItSays(Attempt attempt) {
        ExecutionRecord record = records.get(attempt.recordId());
        @Nullable Span span = spans.get(attempt.run());
        if (record == null) {
            return;
        }
        boolean ended = span != null && span.to() >= 0;
        if (attempt.code().equals("EXITED")) {
            Integer exit = attempt.exitCode();
            if (!ended) {
                find("run " + attempt.run() + " is " + attempt.ending() + " and "
                        + (span == null ? "never started" : "never came to its end"));
            } else if (exit == null || exit != record.payload().exitCode()) {
                find("run " + attempt.run() + " exited with " + record.payload().exitCode() + " and its record says "
                        + exit);
            }
            if ((exit != null && exit == 0) != attempt.status().equals("SUCCESS")) {
                find("run " + attempt.run() + " is " + attempt.ending());
            }
        }
        if (attempt.code().equals("INTERRUPTED")
                && ended
                && !history.disturbed().contains(attempt.run())) {
            find("run " + attempt.run() + " came to its end on " + record.desk()
                    + " and its record says INTERRUPTED: its" + " result is lost");
        }
    }

    private void oneAtATime() {
        Map<String, List<Map.Entry<String, Span>>> byDesk = spans.entrySet().stream()
                .filter(each -> each.getValue().to() >= 0)
                .collect(Collectors.groupingBy(each -> each.getValue().desk()));
        byDesk.forEach((desk, runs) -> {
            runs.sort(Comparator.comparing(each -> each.getValue().from()));
            for (int i = 1; i < runs.size(); i++) {
                Map.Entry<String, Span> before = runs.get(i - 1);
                Map.Entry<String, Span> now = runs.get(i);
                boolean known = attempts.getOrDefault(before.getKey(), List.of()).stream()
                        .anyMatch(attempt -> attempt.code().equals("EXITED"));
                if (known && now.getValue().from() < before.getValue().to()) {
                    find("run " + now.getKey() + " started on " + desk + " before " + before.getKey()
                            + " had ended there");
                }
            }
        });
    }

    /** Only where nothing was retried: a retry starts what it is asked to. One that somebody stopped by itself is passed over. */
    private void inTheOrderOfTheTask() {
        for (ExecutionRecord record : history.records()) {
            Span span = spans.get(record.id() + "-" + record.attempt());
            if (record.scriptIndex() == 0 || span == null || history.retried().contains(record.taskId())) {
                continue;
            }
            ExecutionRecord before = history.records().stream()
                    .filter(other -> other.taskId().equals(record.taskId())
                            && other.desk().equals(record.desk())
                            && other.scriptIndex() == record.scriptIndex() - 1)
                    .findFirst()
                    .orElse(null);
            if (before != null && before.status().equals("SKIP") && "STOPPED".equals(before.code())) {
                continue;
            }
            Span spanBefore = before == null ? null : spans.get(before.id() + "-" + before.attempt());
            if (spanBefore == null || spanBefore.to() < 0 || spanBefore.to() > span.from()) {
                find("script " + record.scriptIndex() + " of task " + record.taskId() + " started on " + record.desk()
                        + " before the one in front of it had ended"
                        + (before == null ? "" : ", which is " + before.status() + " " + before.code()));
            }
        }
    }
}
