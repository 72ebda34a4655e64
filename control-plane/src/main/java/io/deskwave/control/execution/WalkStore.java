package io.deskwave.control.execution;

import io.deskwave.control.db.Conditions;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that the lists share: a walk over narrow rows in the list's order, of which a page is cut out and joined with what
 * it shows. Reading more of the walk than the page is what counts the rows.
 */
final class WalkStore {
    private WalkStore() {}

    /**
     * How the walk is limited to places in the queue.
     *
     * @param partly whether the times of what lies there are to be looked at
     */
    record Limit(QueueWindow window, boolean partly) {
        Conditions limit(Conditions conditions, String queueNo) {
            return partly ? window.partly(conditions, queueNo) : window.span(conditions, queueNo);
        }
    }

    /** Two walks where some of the tasks lie in the span in part only: one for both would have to look at the times of all. */
    static String of(QueueWindow window, Function<Limit, String> walk, String order, long bound) {
        String span = walk.apply(new Limit(window, false));
        return window.partly().isEmpty()
                ? span
                : "(" + span + ") UNION ALL (" + walk.apply(new Limit(window, true)) + ") ORDER BY " + order + " LIMIT "
                        + bound;
    }

    /** The tasks {@code t} of one group are in order in an index, those of several are not. */
    static Conditions groups(Conditions where, @Nullable List<String> groupIds) {
        return groupIds != null && groupIds.size() == 1
                ? where.with("t.resource_group_id = ?", groupIds.get(0))
                : where.withPresent(
                        "t.resource_group_id = ANY(?)", groupIds == null ? null : groupIds.toArray(String[]::new));
    }

    /** One row at least: with the walk's length, and nulls when the page lies beyond it. */
    static String page(String walk, Page.Span span, String columns, String joins) {
        return "WITH walk AS MATERIALIZED (SELECT *, row_number() OVER () AS place FROM (" + walk + ") AS way),"
                + " shown AS (" + columns + ", w.place FROM (SELECT * FROM walk WHERE place > " + span.offset()
                + " AND place <= " + span.rows() + ") AS w " + joins + ")"
                + " SELECT n.walked, shown.* FROM (SELECT count(*) AS walked FROM walk) AS n LEFT JOIN shown ON true"
                + " ORDER BY shown.place";
    }

    static Page read(RowSet<Row> rows, long bound) {
        long walked = rows.iterator().next().getLong("walked");
        List<JsonObject> shown = HistoryStore.json(rows);
        shown.removeIf(row -> !row.containsKey("place"));
        return new Page(walked, walked == bound, shown);
    }
}
