package io.deskwave.control.chaos;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a run when it is over: what the API acknowledged, the rows, the answers of the API, and what the
 * scripts themselves wrote down.
 *
 * @param acknowledged tasks, with how many records each must have
 * @param unknownOrders how many tasks there may be beside them
 * @param acts in the order in which they happened
 * @param endings how attempts were seen to end on the way
 * @param heads how much output of a stream was seen to be committed on the way
 * @param raw what the API answered for some streams
 * @param disturbed runs on a desktop whose disk was full meanwhile: what they printed may not have reached their files
 * @param retried tasks for which a retry was asked
 * @param openWork rows of what is under way
 * @param busyDesktops rows that hold a desktop
 */
public record History(
        Map<UUID, Integer> acknowledged,
        int unknownOrders,
        List<Task> tasks,
        List<ExecutionRecord> records,
        List<Attempt> attempts,
        List<Stored> outputs,
        List<Act> acts,
        Map<EndKey, String> endings,
        Map<StreamKey, Long> heads,
        List<Watched> watched,
        List<Raw> raw,
        Set<String> disturbed,
        Set<UUID> retried,
        int openWork,
        int busyDesktops,
        Lists lists) {

    public record Task(
            UUID id,
            String status,
            int total,
            int succeeded,
            int failed,
            int skipped,
            String gate,
            int grayTotal,
            int grayEnded,
            int grayFailed,
            int threshold) {}

    public record ExecutionRecord(
            UUID id,
            UUID taskId,
            String desk,
            int scriptIndex,
            int batch,
            String status,
            int attempt,
            @Nullable String code,
            Payload payload) {}

    /** An ended attempt, or an end without any; of a retried record there are several, the last one is the record's. */
    public record Attempt(
            UUID recordId,
            int attempt,
            String status,
            String code,
            @Nullable Integer exitCode,
            long stdoutBytes,
            long stderrBytes,
            String endTime) {
        String run() {
            return recordId + "-" + attempt;
        }

        String ending() {
            return status + " " + code + " " + (exitCode == null ? -1 : exitCode);
        }
    }

    public record Range(long from, long to) {}

    /**
     * What is stored of a stream.
     *
     * @param ranges in their order, joined where they meet
     * @param wrongAt the first offset whose byte is not what the script printed there; -1 when there is none
     * @param head how far the stream is stored, as the head row tells
     */
    public record Stored(UUID recordId, int attempt, String stream, List<Range> ranges, long wrongAt, long head) {
        long kept() {
            return ranges.stream().mapToLong(range -> range.to() - range.from()).sum();
        }
    }

    /** A start or an end that a script wrote down. */
    public record Act(boolean start, String run, String desk) {}

    /** What a viewer saw of a stream. */
    public record Watched(
            UUID taskId, boolean whole, UUID recordId, int attempt, String stream, List<Range> ranges, long wrongAt) {}

    /** A stream as the API answers it. {@code same}: exactly what is stored of what the script printed. */
    public record Raw(UUID recordId, int attempt, String stream, boolean same) {}

    public record EndKey(UUID recordId, int attempt, String endTime) {}

    public record StreamKey(UUID recordId, int attempt, String stream) {}

    /**
     * The API's lists, read page by page.
     *
     * @param tasks ids as they came, with the task's counters as {@code success/failed/skip}
     * @param records ids as they came, with {@code status code attempt}
     */
    public record Lists(
            int taskCount,
            List<Map.Entry<UUID, String>> tasks,
            int recordCount,
            List<Map.Entry<UUID, String>> records) {}
}
