package io.deskwave.control.db;

import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The WHERE of a list whose filters come and go. Values are always parameters; the conditions are constants of a store, in
 * which {@code ?} stands for the value.
 */
public final class Conditions {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    /** Adds a condition with one value. */
    public Conditions with(String condition, Object value) {
        values.add(value);
        conditions.add(condition.replace("?", "$" + values.size()));
        return this;
    }

    /** Adds a condition if there is a value. */
    public Conditions withPresent(String condition, @Nullable Object value) {
        return value == null ? this : with(condition, value);
    }

    /** Adds a condition without a value. */
    public Conditions with(String condition) {
        conditions.add(condition);
        return this;
    }

    public String where() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    public Tuple values() {
        return Tuple.from(List.copyOf(values));
    }

    /** {@code LIMIT} and {@code OFFSET}, for {@link #pageValues}. */
    public String page() {
        return " LIMIT $" + (values.size() + 1) + " OFFSET $" + (values.size() + 2);
    }

    public Tuple pageValues(int limit, int offset) {
        return values().addInteger(limit).addInteger(offset);
    }

    /** A pattern for ILIKE that finds the text anywhere, with its wildcards taken literally. */
    public static String containing(String text) {
        return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }
}
