package io.deskwave.control.schedule;

import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Instants in the columns of this room. */
final class Rows {
    private Rows() {}

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    static <T> @Nullable OffsetDateTime[] utc(List<T> all, Function<T, @Nullable Instant> instant) {
        return all.stream().map(each -> utc(instant.apply(each))).toArray(OffsetDateTime[]::new);
    }
}
