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
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
    private final Map<String, JsonObject> told = new HashMap<>();
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

    private Future<Boolean> tell(JsonObject task) {
        boolean ended = task.getString("end_time") != null;
        var changed = new ArrayList<JsonObject>();
        return collectChanged(FIRST, changed)
                .compose(done -> ended || toldTask != null ? Future.succeededFuture() : showTask(task))
                .compose(done -> showRecords(changed, false))
                .compose(done -> history.listPrinted(database.client(), taskId, mark))
                .compose(this::showPrinted)
                .compose(done -> showRecords(changed, true))
                .compose(done -> showTask(task))
                .compose(done -> ended
                        ? viewer.show(new JsonObject().put("type", "end").put("task_id", taskId.toString()))
                        : Future.succeededFuture())
                .map(done -> ended);
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

    private Future<Void> collectChanged(UUID after, List<JsonObject> changed) {
        return history.listChanged(database.client(), taskId, mark, after, RECORDS_AT_ONCE)
                .compose(rows -> {
                    rows.forEach(row -> changed.add(HistoryView.record(row)));
                    return rows.size() < RECORDS_AT_ONCE
                            ? Future.succeededFuture()
                            : collectChanged(
                                    UUID.fromString(rows.get(rows.size() - 1).getString("id")), changed);
                });
    }

    private Future<Void> showRecords(List<JsonObject> changed, boolean ended) {
        Future<Void> shown = Future.succeededFuture();
        for (JsonObject record : changed) {
            boolean isEnded = record.getString("end_time") != null;
            if (isEnded == ended && !record.equals(told.get(record.getString("id")))) {
                shown = shown.compose(done -> showRecord(record, isEnded));
            }
        }
        return shown;
    }

    private Future<Void> showRecord(JsonObject record, boolean ended) {
        told.put(record.getString("id"), record);
        var key = new AttemptKey(UUID.fromString(record.getString("id")), record.getInteger("attempt"));
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
