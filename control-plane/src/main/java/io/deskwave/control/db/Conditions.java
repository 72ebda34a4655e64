package io.deskwave.control.db;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The WHERE of a list whose filters come and go. Values are always parameters; the conditions are constants of a store, in
 * which {@code ?} stands for the value. A statement with several of them numbers its parameters through: {@link #beside}.
 */
public final class Conditions {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> values;

    public Conditions() {
        this(new ArrayList<>());
    }

    private Conditions(List<Object> values) {
        this.values = values;
    }

    /** Conditions for another place in the same statement. */
    public Conditions beside() {
        return new Conditions(values);
    }

    /** The parameter that stands for a value. */
    public String parameter(Object value) {
        values.add(value);
        return "$" + values.size();
    }

    /** Adds a condition with one value. */
    @CanIgnoreReturnValue
    public Conditions with(String condition, Object value) {
        conditions.add(condition.replace("?", parameter(value)));
        return this;
    }

    /** Adds a condition if there is a value. */
    @CanIgnoreReturnValue
    public Conditions withPresent(String condition, @Nullable Object value) {
        return value == null ? this : with(condition, value);
    }

    /** Adds a condition without a value. */
    @CanIgnoreReturnValue
    public Conditions with(String condition) {
        conditions.add(condition);
        return this;
    }

    public String where() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    /** The conditions alone; there has to be one. */
    public String all() {
        return String.join(" AND ", conditions);
    }

    /** What follows a WHERE that has a condition already. */
    public String and() {
        return conditions.isEmpty() ? "" : " AND " + String.join(" AND ", conditions);
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
