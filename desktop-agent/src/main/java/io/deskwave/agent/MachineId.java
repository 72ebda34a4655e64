package io.deskwave.agent;

import com.sun.jna.platform.win32.Advapi32Util;
import com.sun.jna.platform.win32.WinReg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import oshi.SystemInfo;

/** The id that survives reboots and tells a cloned disk image from its original, once that was given a new one. */
final class MachineId {
    private static final List<Path> LINUX_FILES =
            List.of(Path.of("/etc/machine-id"), Path.of("/var/lib/dbus/machine-id"));

    private MachineId() {}

    static String read() {
        if (Platform.WINDOWS) {
            return windows();
        }
        for (Path file : LINUX_FILES) {
            try {
                String id = Files.readString(file).strip();
                if (!id.isEmpty()) {
                    return id;
                }
            } catch (IOException e) {
                // the next one
            }
        }
        return hardware();
    }

    private static String windows() {
        try {
            return Advapi32Util.registryGetStringValue(
                    WinReg.HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Cryptography", "MachineGuid");
        } catch (RuntimeException e) {
            return hardware();
        }
    }

    private static String hardware() {
        return new SystemInfo().getHardware().getComputerSystem().getHardwareUUID();
    }
}
