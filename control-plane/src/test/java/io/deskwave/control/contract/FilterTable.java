package io.deskwave.control.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The filters of a list operation: each alone and any two together must find the rows that fit, in the order of the whole
 * list, all of them and page by page.
 */
public final class FilterTable {
    private record Filter(String query, Predicate<JsonObject> fits) {
        String parameter() {
            return query.substring(0, query.indexOf('='));
        }
    }

    private final Function<String, JsonObject> list;
    private final String rows;
    private final String count;
    private final String id;
    private final int mostRows;
    private final List<Filter> filters = new ArrayList<>();

    /**
     * @param list     answers the operation for a query string
     * @param rows     the member that holds the rows; {@code count} the one that holds how many there are, {@code id} what
     *                 tells rows apart
     * @param mostRows the largest {@code limit}
     */
    public FilterTable(Function<String, JsonObject> list, String rows, String count, String id, int mostRows) {
        this.list = list;
        this.rows = rows;
        this.count = count;
        this.id = id;
        this.mostRows = mostRows;
    }

    /** @param fits whether a row is to be found with this {@code name=value} */
    public FilterTable filter(String query, Predicate<JsonObject> fits) {
        filters.add(new Filter(query, fits));
        return this;
    }

    public void check() {
        List<JsonObject> all = read("");
        assertThat(all).hasSizeLessThanOrEqualTo(mostRows);
        for (Filter filter : filters) {
            check(all, filter.query(), filter.fits());
            assertThat(all.stream().filter(filter.fits()))
                    .as("%s must tell rows apart", filter.query())
                    .hasSizeLessThan(all.size());
        }
        for (Filter one : filters) {
            for (Filter other : filters) {
                if (one.parameter().compareTo(other.parameter()) < 0) {
                    check(all, one.query() + "&" + other.query(), one.fits().and(other.fits()));
                }
            }
        }
        checkPages(all);
    }

    private void check(List<JsonObject> all, String query, Predicate<JsonObject> fits) {
        List<String> expected = ids(all.stream().filter(fits).toList());
        assertThat(ids(read(query))).as(query).isEqualTo(expected);
    }

    private List<JsonObject> read(String query) {
        JsonObject answer = list.apply("limit=" + mostRows + "&offset=0&" + query);
        List<JsonObject> found = rows(answer);
        assertThat(answer.getInteger(count)).as(query).isEqualTo(found.size());
        return found;
    }

    private void checkPages(List<JsonObject> all) {
        List<JsonObject> read = new ArrayList<>();
        for (int offset = 0; offset <= all.size() + 2; offset += 3) {
            JsonObject page = list.apply("limit=3&offset=" + offset);
            assertThat(page.getInteger(count)).isEqualTo(all.size());
            read.addAll(rows(page));
        }
        assertThat(ids(read)).isEqualTo(ids(all));
    }

    private List<JsonObject> rows(JsonObject answer) {
        return answer.getJsonArray(rows).stream().map(JsonObject.class::cast).toList();
    }

    private List<String> ids(List<JsonObject> from) {
        return from.stream().map(row -> row.getString(id)).toList();
    }
}
