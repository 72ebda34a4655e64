package io.deskwave.control.chaos;

import io.deskwave.control.chaos.History.Attempt;
import io.deskwave.control.chaos.History.ExecutionRecord;
import io.deskwave.control.chaos.History.Range;
import io.deskwave.control.chaos.History.Stored;
import io.deskwave.control.chaos.History.StreamKey;
import io.deskwave.control.chaos.History.Watched;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What is stored of the scripts' output, against what they printed. Runs on a desktop whose disk was full are left out: what
 * they printed may not have reached their own files. Pure.
 */
final class OutputChecks {
    private static final long LIMIT = 1 << 20;

    private final History history;
    private final Map<UUID, ExecutionRecord> records = new HashMap<>();
    private final Map<StreamKey, Stored> stored = new HashMap<>();
    private final Map<String, List<Attempt>> attempts;
    private final List<String> findings = new ArrayList<>();

    private OutputChecks(History history) {
        this.history = history;
        this.attempts = history.attempts().stream().collect(Collectors.groupingBy(Attempt::run));
        history.records().forEach(record -> records.put(record.id(), record));
        history.outputs().forEach(each -> stored.put(key(each), each));
    }

    static List<String> check(History history) {
        var checks = new OutputChecks(history);
        history.outputs().forEach(checks::isWhatTheScriptPrinted);
        history.attempts().forEach(checks::isWholeWhereTheScriptEnded);
        checks.nothingCommittedWent();
        history.watched().forEach(checks::theViewerSawIt);
        history.raw().stream()
                .filter(each -> !each.same() && !checks.isDisturbed(each.recordId(), each.attempt()))
                .forEach(each -> checks.find("the API answers " + each.stream() + " of run " + each.recordId() + "-"
                        + each.attempt() + " not as it is stored"));
        return checks.findings;
    }

    private static StreamKey key(Stored stored) {
        return new StreamKey(stored.recordId(), stored.attempt(), stored.stream());
    }

    private void find(String sentence) {
        findings.add(sentence);
    }

    private boolean isDisturbed(UUID record, int attempt) {
        return history.disturbed().contains(record + "-" + attempt);
    }

    private void isWhatTheScriptPrinted(Stored each) {
        String what = each.stream() + " of run " + each.recordId() + "-" + each.attempt();
        if (isDisturbed(each.recordId(), each.attempt())) {
            return;
        }
        if (each.wrongAt() >= 0) {
            find(what + " is not what the script printed, from byte " + each.wrongAt() + " on");
        }
        long end = each.ranges().isEmpty()
                ? 0
                : each.ranges().get(each.ranges().size() - 1).to();
        if (end != each.head()) {
            find(what + " is stored up to byte " + end + " and its head says " + each.head());
        }
        if (!isInOrder(each.ranges())) {
            find(what + " is not stored in its order: " + each.ranges());
        }
        boolean mayBeCut = attempts.getOrDefault(each.recordId() + "-" + each.attempt(), List.of()).stream()
                .anyMatch(attempt -> attempt.stdoutBytes() + attempt.stderrBytes() > LIMIT);
        if (!mayBeCut && hasGap(each.ranges())) {
            find(what + " has a gap: " + each.ranges());
        }
    }

    private static boolean isInOrder(List<Range> ranges) {
        for (int i = 1; i < ranges.size(); i++) {
            if (ranges.get(i).from() < ranges.get(i - 1).to()) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasGap(List<Range> ranges) {
        return ranges.size() > 1 || (ranges.size() == 1 && ranges.get(0).from() > 0);
    }

    private void isWholeWhereTheScriptEnded(Attempt attempt) {
        ExecutionRecord record = records.get(attempt.recordId());
        if (record == null || !attempt.code().equals("EXITED") || isDisturbed(attempt.recordId(), attempt.attempt())) {
            return;
        }
        long out = record.payload().output(attempt.run(), "stdout").length;
        long err = record.payload().output(attempt.run(), "stderr").length;
        if (attempt.stdoutBytes() != out || attempt.stderrBytes() != err) {
            find("run " + attempt.run() + " printed " + out + " and " + err + " bytes and its record says "
                    + attempt.stdoutBytes() + " and " + attempt.stderrBytes());
            return;
        }
        Stored stdout = of(attempt, "stdout");
        Stored stderr = of(attempt, "stderr");
        if (stdout.head() != out || stderr.head() != err) {
            find("output of run " + attempt.run() + " is stored up to bytes " + stdout.head() + " and " + stderr.head()
                    + " of " + out + " and " + err + ": lost");
        }
        long kept = stdout.kept() + stderr.kept();
        if (kept != Math.min(LIMIT, out + err)) {
            find("of " + (out + err) + " bytes of run " + attempt.run() + " are " + kept + " kept, not "
                    + Math.min(LIMIT, out + err) + ": " + stdout.ranges() + ", " + stderr.ranges());
        }
        if (stdout.ranges().size() > 2 || stderr.ranges().size() > 2) {
            find("run " + attempt.run() + " has more than one gap: " + stdout.ranges() + ", " + stderr.ranges());
        }
    }

    private Stored of(Attempt attempt, String stream) {
        Stored found = stored.get(new StreamKey(attempt.recordId(), attempt.attempt(), stream));
        return found == null ? new Stored(attempt.recordId(), attempt.attempt(), stream, List.of(), -1, 0) : found;
    }

    private void nothingCommittedWent() {
        history.heads().forEach((key, seen) -> {
            Stored now = stored.get(key);
            long head = now == null ? 0 : now.head();
            if (head < seen) {
                find(key.stream() + " of run " + key.recordId() + "-" + key.attempt() + " was committed up to byte "
                        + seen + " and now ends at " + head + ": lost");
            }
        });
    }

    private void theViewerSawIt(Watched seen) {
        if (isDisturbed(seen.recordId(), seen.attempt())) {
            return;
        }
        String what = seen.stream() + " of run " + seen.recordId() + "-" + seen.attempt();
        if (seen.wrongAt() >= 0) {
            find("a viewer was shown " + what + " that is not what the script printed, from byte " + seen.wrongAt());
        }
        if (!isInOrder(seen.ranges())) {
            find("a viewer was shown " + what + " out of order or twice: " + seen.ranges());
        }
        Stored kept = stored.get(new StreamKey(seen.recordId(), seen.attempt(), seen.stream()));
        boolean told = kept != null && kept.ranges().equals(seen.ranges());
        if (seen.whole() && !told && !history.retried().contains(seen.taskId())) {
            find("a viewer saw " + what + " to its end as " + seen.ranges() + " and stored is "
                    + (kept == null ? "nothing" : kept.ranges()));
        }
    }
}
