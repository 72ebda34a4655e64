package io.deskwave.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine calls itself. */
final class HostNames {
    private HostNames() {}

    /** Without asking a name server where the kernel knows it. */
    static String local() {
        try {
            if (Platform.LINUX) {
                return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            }
            String windows = System.getenv("COMPUTERNAME");
            return windows == null ? InetAddress.getLocalHost().getHostName() : windows;
        } catch (UnknownHostException e) {
            return "";
        } catch (IOException e) {
            return "";
        }
    }
}
