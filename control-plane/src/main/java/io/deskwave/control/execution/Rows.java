package io.deskwave.control.execution;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads columns as the types this room uses. */
final class Rows {
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

    private Rows() {}

    /** An agent's clock may say anything: what no database takes is moved to where it does. */
    static OffsetDateTime utc(Instant instant) {
        Instant early = instant.isBefore(Instant.EPOCH) ? Instant.EPOCH : instant;
        return (early.isAfter(LAST) ? LAST : early).atOffset(ZoneOffset.UTC);
    }

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime value = row.getOffsetDateTime(column);
        return value == null ? null : value.toInstant();
    }

    static List<Integer> numbers(Row row, String column) {
        return List.of(row.getArrayOfIntegers(column));
    }

    static List<UUID> ids(RowSet<Row> rows, String column) {
        var ids = new ArrayList<UUID>(rows.size());
        rows.forEach(row -> ids.add(row.getUUID(column)));
        return ids;
    }
}
