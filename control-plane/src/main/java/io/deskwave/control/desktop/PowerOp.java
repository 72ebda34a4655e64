package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import java.util.Locale;

/** What can be done to a desktop as a machine. Both spellings of the vendor's hibernation are taken everywhere, in any case. */
public enum PowerOp {
    START,
    STOP,
    REBOOT,
    HIBERNATE,
    /** By the provider. */
    REBUILD,
    /** By the provider or the agent. */
    CREATE_SNAPSHOT;

    static PowerOp parse(String opType) {
        return switch (opType.strip().toLowerCase(Locale.ROOT)) {
            case "os-start" -> START;
            case "os-stop" -> STOP;
            case "reboot" -> REBOOT;
            case "os-hibernate", "hibernate" -> HIBERNATE;
            default ->
                throw new ApiException.BadRequest(
                        "op_type must be os-start, os-stop, reboot or os-hibernate, not '" + opType + "'");
        };
    }
}
