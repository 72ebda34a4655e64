package io.deskwave.control.desktop;

import java.util.List;
import java.util.function.Function;

/** Some of the rows that match, and how many there are in all. */
public record Page<T>(long total, List<T> rows) {
    public Page {
        rows = List.copyOf(rows);
    }

    public static <T> Page<T> empty() {
        return new Page<>(0, List.of());
    }

    public <R> Page<R> map(Function<? super T, ? extends R> view) {
        return new Page<>(total, rows.stream().<R>map(view).toList());
    }
}
