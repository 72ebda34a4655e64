package io.deskwave.control.execution;

import io.deskwave.control.db.Database;
import io.deskwave.control.execution.QueueStore.Versions;
import io.deskwave.control.execution.RecordListStore.Query;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The lists of tasks and records: looks up what a filter means, reads the page, and tells how many rows there are in all. */
final class HistoryLists {
    /** Tasks whose counters say how many of their records there are. */
    private static final Set<String> COUNTED = Set.of("SUCCESS", "FAILED", "SKIP");

    private final SqlClient sql;
    private final QueueStore queue = new QueueStore();
    private final SpanStore spans = new SpanStore();
    private final TaskListStore tasks = new TaskListStore();
    private final RecordListStore records = new RecordListStore();
    private final TotalStore totals = new TotalStore();

    HistoryLists(Database database) {
        this.sql = database.client();
    }

    Future<Page> tasks(String projectId, TaskFilter filter, Page.Span span) {
        return versions(projectId, filter.scriptName() == null ? null : List.of(filter.scriptName()))
                .compose(named -> named != null && named.isEmpty()
                        ? Future.succeededFuture(Page.EMPTY)
                        : spans.window(sql, projectId, filter.after(), filter.before())
                                .compose(window -> tasks.list(
                                        sql, new TaskListStore.Query(projectId, filter, window, named), span)))
                .compose(page -> filter.isTotalled()
                        ? totals.countTasks(sql, projectId, filter).map(page::withCount)
                        : Future.succeededFuture(page));
    }

    Future<Page> records(String projectId, RecordFilter filter, Page.Span span) {
        return versions(projectId, filter.scriptNames())
                .compose(named -> named != null && named.isEmpty()
                        ? Future.succeededFuture(Page.EMPTY)
                        : query(projectId, filter, named, span).compose(query -> read(query, span)));
    }

    private Future<Query> query(String projectId, RecordFilter filter, @Nullable Versions named, Page.Span span) {
        Future<@Nullable List<Long>> numbers = filter.taskIds() == null
                ? Future.succeededFuture()
                : queue.findNumbers(sql, projectId, filter.taskIds()).map(found -> found);
        Future<QueueWindow> window = window(projectId, filter, span);
        return Future.all(numbers, window)
                .map(found -> new Query(projectId, filter, window.result(), named, numbers.result()));
    }

    private Future<QueueWindow> window(String projectId, RecordFilter filter, Page.Span span) {
        List<UUID> desktops = filter.desktopIds();
        return desktops != null && desktops.size() > 1 && !filter.history() && filter.asksForDesktopsAlone()
                ? queue.newest(sql, projectId, desktops, span.bound())
                : spans.window(sql, projectId, filter.after(), filter.before());
    }

    private Future<Page> read(Query query, Page.Span span) {
        RecordFilter filter = query.filter();
        if (filter.history()) {
            return records.listWithHistory(sql, query, span);
        }
        return records.list(sql, query, span).compose(page -> {
            if (filter.isTotalled()) {
                return totals.countRecords(sql, query.projectId(), filter).map(page::withCount);
            }
            return page.isMinimum() && isCountedByTasks(filter)
                    ? totals.countOfTasks(sql, query.projectId(), filter).map(page::withCount)
                    : Future.succeededFuture(page);
        });
    }

    private static boolean isCountedByTasks(RecordFilter filter) {
        return filter.taskIds() != null
                && filter.desktopIds() == null
                && filter.isFirstOrder() == null
                && !filter.asksForScripts()
                && !filter.asksForTimes()
                && (filter.status() == null || COUNTED.contains(filter.status()));
    }

    private Future<@Nullable Versions> versions(String projectId, @Nullable List<String> nameParts) {
        return nameParts == null
                ? Future.succeededFuture()
                : queue.findVersions(sql, projectId, nameParts).map(found -> found);
    }
}
