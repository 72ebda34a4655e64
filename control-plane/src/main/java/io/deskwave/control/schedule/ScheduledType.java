package io.deskwave.control.schedule;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kinds of timing, each with the fields it needs and those it may have besides. */
enum ScheduledType {
    FIXED_TIME,
    DAY,
    WEEK,
    MONTH,
    LIFE_CYCLE;

    List<String> needed() {
        return switch (this) {
            case FIXED_TIME -> List.of(Timing.SCHEDULED_DATE, Timing.SCHEDULED_TIME);
            case DAY -> List.of(Timing.DAY_INTERVAL, Timing.SCHEDULED_TIME);
            case WEEK -> List.of(Timing.WEEK_LIST, Timing.SCHEDULED_TIME);
            case MONTH -> List.of(Timing.MONTH_LIST, Timing.DATE_LIST, Timing.SCHEDULED_TIME);
            case LIFE_CYCLE -> List.of("life_cycle_type");
        };
    }

    private List<String> optional() {
        return this == LIFE_CYCLE ? List.of(LifeCycles.WAIT, LifeCycles.PERIOD, "priority") : Misfire.FIELDS;
    }

    boolean takes(String field) {
        return needed().contains(field) || optional().contains(field);
    }

    /** The fields that belong to some of the types and not to all. */
    static Set<String> fieldsOfSome() {
        return Arrays.stream(values())
                .flatMap(type -> Stream.concat(type.needed().stream(), type.optional().stream()))
                .collect(Collectors.toSet());
    }

    /** What a task loses that becomes one of this type. */
    Set<String> fieldsToForget() {
        Set<String> fields = new HashSet<>(fieldsOfSome());
        if (this != LIFE_CYCLE) {
            Misfire.FIELDS.forEach(fields::remove);
        }
        return fields;
    }

    /** The types that a field belongs to, in words. */
    static String takers(String field) {
        return Arrays.stream(values())
                .filter(type -> type.takes(field))
                .map(Enum::name)
                .collect(Collectors.joining(", "));
    }
}
