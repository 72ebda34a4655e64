package io.deskwave.control.live;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.HistoryStore;
import io.deskwave.control.execution.HistoryStore.Printed;
import io.deskwave.control.execution.HistoryView;
import io.deskwave.control.execution.OutputStore;
import io.deskwave.control.execution.OutputStore.AttemptKey;
import io.deskwave.control.execution.OutputStore.Chunk;
import io.deskwave.control.execution.OutputStore.From;
import io.deskwave.control.execution.OutputText;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells one viewer a task's story, from the start and then as it goes on: every look at the database tells what was written
 * since the last one, so that replay and live are the same. It reads the next page only when the viewer has taken the last:
 * a slow viewer loses nothing and holds one page. Output of a record comes before the event that ends it, and what follows
 * for the task, such as the gate's decision, after it.
 */
final class Story {
    private static final int RECORDS_AT_ONCE = 500;
    private static final int CHUNKS_AT_ONCE = 64;
    private static final UUID FIRST = new UUID(0, 0);

    private final Database database;
    private final String projectId;
    private final UUID taskId;
    private final Viewer viewer;
    private final HistoryStore history = new HistoryStore();
    private final OutputStore outputs = new OutputStore();
    /** What was told of each record last, as its hash: a viewer of 20,000 records must not hold them all. */
    private final Map<UUID, Integer> told = new HashMap<>();

    private final Map<AttemptKey, Long> nextSeq = new HashMap<>();
    private final Map<AttemptKey, Streams> streams = new HashMap<>();
    private String mark = "0";
    private @Nullable JsonObject toldTask;

    Story(Database database, String projectId, UUID taskId, Viewer viewer) {
        this.database = database;
        this.projectId = projectId;
        this.taskId = taskId;
        this.viewer = viewer;
    }

    /** The two streams of an attempt, each with the character it may have stopped in. */
    private static final class Streams {
        private final String charset;
        private final Map<String, OutputText> texts = new HashMap<>();
        private final Map<String, Long> ends = new HashMap<>();

        Streams(String charset) {
            this.charset = charset;
        }

        OutputText text(String stream) {
            return texts.computeIfAbsent(stream, name -> new OutputText(charset));
        }
    }

    /** Tells what was written since the last look; true when the story has ended. */
    Future<Boolean> tellNews() {
        return history.mark(database.client()).compose(newMark -> history.findTask(database.client(), projectId, taskId)
                .map(found -> HistoryView.task(found.orElseThrow()))
                .compose(task -> tell(task).map(ended -> {
                    mark = newMark;
                    return ended;
                })));
    }

    /** First what goes on, then what was printed, then what has ended: of each record, its end comes last. */
    private Future<Boolean> tell(JsonObject task) {
        boolean ended = task.getString("end_time") != null;
        Set<UUID> endedRecords = new HashSet<>();
        Future<Void> first = ended || toldTask != null ? Future.succeededFuture() : showTask(task);
        return first.compose(done -> eachChanged(FIRST, record -> goesOn(record, endedRecords)))
                .compose(done -> history.listPrinted(database.client(), taskId, mark))
                .compose(this::showPrinted)
                .compose(done -> endedRecords.isEmpty()
                        ? Future.succeededFuture()
                        : eachChanged(FIRST, record -> hasEnded(record, endedRecords)))
                .compose(done -> showTask(task))
                .compose(done -> ended
                        ? viewer.show(new JsonObject().put("type", "end").put("task_id", taskId.toString()))
                        : Future.succeededFuture())
                .map(done -> ended);
    }

    private Future<Void> goesOn(JsonObject record, Set<UUID> endedRecords) {
        if (record.getString("end_time") != null) {
            boolean isNew = endedRecords.add(id(record));
            assert isNew;
            return Future.succeededFuture();
        }
        return isNews(record) ? showRecord(record, false) : Future.succeededFuture();
    }

    /** Only what had ended before the output was read: all of its output has been told. */
    private Future<Void> hasEnded(JsonObject record, Set<UUID> endedRecords) {
        return endedRecords.contains(id(record)) && isNews(record)
                ? showRecord(record, true)
                : Future.succeededFuture();
    }

    private boolean isNews(JsonObject record) {
        return !Integer.valueOf(record.hashCode()).equals(told.get(id(record)));
    }

    private static UUID id(JsonObject record) {
        return UUID.fromString(record.getString("id"));
    }

    private Future<Void> showTask(JsonObject task) {
        if (task.equals(toldTask)) {
            return Future.succeededFuture();
        }
        toldTask = task;
        return viewer.show(new JsonObject()
                .put("type", "task")
                .put("task_id", task.getString("id"))
                .put("status", task.getString("status"))
                .put("task", task));
    }

    /** One page after the other, each record when the one before was taken. */
    private Future<Void> eachChanged(UUID after, Function<JsonObject, Future<Void>> teller) {
        return history.listChanged(database.client(), taskId, mark, after, RECORDS_AT_ONCE)
                .compose(rows -> {
                    Future<Void> told = Future.succeededFuture();
                    for (JsonObject row : rows) {
                        JsonObject record = HistoryView.record(row);
                        told = told.compose(done -> teller.apply(record));
                    }
                    return told.compose(done -> rows.size() < RECORDS_AT_ONCE
                            ? Future.succeededFuture()
                            : eachChanged(id(rows.get(rows.size() - 1)), teller));
                });
    }

    private Future<Void> showRecord(JsonObject record, boolean ended) {
        told.put(id(record), record.hashCode());
        var key = new AttemptKey(id(record), record.getInteger("attempt"));
        Streams open = ended ? streams.remove(key) : null;
        Future<Void> flushed = Future.succeededFuture();
        if (open != null) {
            for (String stream : open.texts.keySet()) {
                OutputText.Piece rest = open.text(stream).rest();
                if (!rest.text().isEmpty()) {
                    flushed = flushed.compose(done -> viewer.show(output(key, stream, rest)));
                }
            }
        }
        return flushed.compose(done -> viewer.show(new JsonObject()
                .put("type", "record")
                .put("record_id", record.getString("id"))
                .put("status", record.getString("status"))
                .put("record", record)));
    }

    private Future<Void> showPrinted(List<Printed> printed) {
        var wanted = new ArrayList<From>();
        for (Printed attempt : printed) {
            var key = new AttemptKey(attempt.recordId(), attempt.attempt());
            streams.computeIfAbsent(key, absent -> new Streams(attempt.consoleCharset()));
            wanted.add(new From(attempt.recordId(), attempt.attempt(), nextSeq.getOrDefault(key, 0L)));
        }
        return wanted.isEmpty() ? Future.succeededFuture() : showChunks(wanted);
    }

    private Future<Void> showChunks(List<From> wanted) {
        return outputs.read(database.client(), wanted, CHUNKS_AT_ONCE).compose(chunks -> {
            Future<Void> shown = Future.succeededFuture();
            for (Chunk chunk : chunks) {
                shown = shown.compose(done -> showChunk(chunk));
            }
            return shown.compose(done -> chunks.size() < CHUNKS_AT_ONCE
                    ? Future.succeededFuture()
                    : showChunks(wanted.stream()
                            .map(from -> new From(
                                    from.recordId(),
                                    from.attempt(),
                                    nextSeq.getOrDefault(new AttemptKey(from.recordId(), from.attempt()), 0L)))
                            .toList()));
        });
    }

    private Future<Void> showChunk(Chunk chunk) {
        var key = new AttemptKey(chunk.recordId(), chunk.attempt());
        nextSeq.put(key, chunk.seq() + 1);
        Streams open = streams.get(key);
        if (open == null) {
            return Future.succeededFuture(); // its end was told; nothing comes after it
        }
        long end = open.ends.getOrDefault(chunk.stream(), 0L);
        OutputText text = open.text(chunk.stream());
        Future<Void> shown = Future.succeededFuture();
        if (chunk.offset() > end) {
            OutputText.Piece rest = text.rest();
            JsonObject cut = output(key, chunk.stream(), rest).put("cut_bytes", chunk.offset() - end);
            shown = viewer.show(cut);
        }
        open.ends.put(chunk.stream(), chunk.offset() + chunk.bytes().length);
        OutputText.Piece piece = text.next(chunk.offset(), chunk.bytes());
        return piece.text().isEmpty() ? shown : shown.compose(done -> viewer.show(output(key, chunk.stream(), piece)));
    }

    private static JsonObject output(AttemptKey key, String stream, OutputText.Piece piece) {
        return new JsonObject()
                .put("type", "output")
                .put("record_id", key.recordId().toString())
                .put("attempt", key.attempt())
                .put("stream", stream)
                .put("offset", piece.offset())
                .put("text", piece.text());
    }
}
