package io.deskwave.control.desktop;

import java.util.UUID;

/** What a power action means for one desktop at this moment. Pure. */
final class PowerPlan {
    private PowerPlan() {}

    /** A desktop as it stands when the action is asked for. */
    record Standing(UUID id, String name, boolean online, boolean hibernated, String bootId, long epoch) {}

    /** Sealed so that whoever reads it has to say what happens to each. */
    sealed interface Decision {
        /** The agent is to be told, or for a start the hello is waited for. */
        record Order() implements Decision {}

        record Done(String reason) implements Decision {}

        record Refused(String reason) implements Decision {}
    }

    static Decision decide(PowerOp op, Standing desktop) {
        return switch (op) {
            case START ->
                desktop.online() ? new Decision.Done("the desktop was running already") : new Decision.Order();
            case STOP -> desktop.online() ? new Decision.Order() : stopOfAbsent(desktop);
            case REBOOT -> desktop.online() ? new Decision.Order() : notConnected("rebooted");
            case HIBERNATE -> desktop.online() ? new Decision.Order() : hibernationOfAbsent(desktop);
            case REBUILD, CREATE_SNAPSHOT -> new Decision.Order();
        };
    }

    private static Decision stopOfAbsent(Standing desktop) {
        return desktop.hibernated()
                ? new Decision.Refused("the desktop hibernates and cannot be told to stop: start it first")
                : new Decision.Done("the desktop was not running");
    }

    private static Decision hibernationOfAbsent(Standing desktop) {
        return desktop.hibernated()
                ? new Decision.Done("the desktop hibernated already")
                : notConnected("sent into hibernation");
    }

    private static Decision notConnected(String what) {
        return new Decision.Refused("the desktop is not connected and cannot be " + what + ": start it first");
    }
}
