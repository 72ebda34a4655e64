package io.deskwave.control.schedule;

import io.deskwave.control.desktop.DesktopEventStore;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a triggered task waits for, by its name in requests, and which actions make sense after it. */
enum Trigger {
    POST_CREATE_DESKTOP_SUCCESS(DesktopEventStore.Kind.CREATED),
    POST_REBUILD_DESKTOP_SUCCESS(DesktopEventStore.Kind.REBUILT),
    POST_REATTACH_DESKTOP_SUCCESS(DesktopEventStore.Kind.REATTACHED),
    POST_DESKTOP_DISCONNECTED(DesktopEventStore.Kind.LOGGED_OFF),
    /** No event: a desktop that is away for so long. */
    POST_DESKTOP_CANNOT_CONNECT(null);

    private static final List<TaskType> OF_PRESENT = List.of(
            TaskType.STOP, TaskType.HIBERNATE, TaskType.REBOOT, TaskType.EXECUTE_SCRIPT, TaskType.CREATE_SNAPSHOT);
    private static final List<TaskType> OF_ABSENT =
            List.of(TaskType.REBOOT, TaskType.EXECUTE_SCRIPT, TaskType.CREATE_SNAPSHOT);

    private final DesktopEventStore.@Nullable Kind event;

    Trigger(DesktopEventStore.@Nullable Kind event) {
        this.event = event;
    }

    static Optional<Trigger> of(DesktopEventStore.Kind event) {
        return Arrays.stream(values()).filter(trigger -> trigger.event == event).findFirst();
    }

    /** A desktop that cannot connect is not there to be stopped. */
    List<TaskType> actions() {
        return this == POST_DESKTOP_CANNOT_CONNECT ? OF_ABSENT : OF_PRESENT;
    }
}
