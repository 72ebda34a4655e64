package io.deskwave.control.desktop;

import io.deskwave.control.http.ApiException;
import java.util.Locale;

/** What can be done to a desktop's power. Both spellings of the vendor's hibernation are taken everywhere, in any case. */
public enum PowerOp {
    START,
    STOP,
    REBOOT,
    HIBERNATE;

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
