package io.deskwave.agent;

import io.deskwave.protocol.HostInfo;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;
import oshi.software.os.OperatingSystem;

/**
 * Reads what there is to know about this machine. {@link #quick} is what the first hello needs and takes milliseconds on
 * Linux; {@link #full} asks OSHI. Blocking.
 */
final class HostProbe {
    private final Boot realBoot;
    private @Nullable String machineId;

    HostProbe(Boot realBoot) {
        this.realBoot = realBoot;
    }

    Boot realBoot() {
        return realBoot;
    }

    HostInfo quick(Boot boot) {
        if (!Platform.LINUX) {
            return full(boot);
        }
        var release = OsRelease.read();
        return new HostInfo(
                "Linux",
                release.name(),
                release.version(),
                System.getProperty("os.arch", ""),
                HostNames.local(),
                machineId(),
                boot.id(),
                boot.time(),
                new HostInfo.Cpu("", 0, Runtime.getRuntime().availableProcessors()),
                0,
                List.of(),
                List.of(),
                List.of());
    }

    HostInfo full(Boot boot) {
        var system = new SystemInfo();
        OperatingSystem os = system.getOperatingSystem();
        HardwareAbstractionLayer hardware = system.getHardware();
        CentralProcessor cpu = hardware.getProcessor();
        var release = Platform.LINUX
                ? OsRelease.read()
                : new OsRelease(os.getFamily(), os.getVersionInfo().toString());
        return new HostInfo(
                Platform.LINUX ? "Linux" : Platform.WINDOWS ? "Windows" : "Others",
                release.name(),
                release.version(),
                System.getProperty("os.arch", ""),
                HostNames.local(),
                machineId(),
                boot.id(),
                boot.time(),
                new HostInfo.Cpu(
                        cpu.getProcessorIdentifier().getName().strip(),
                        cpu.getPhysicalProcessorCount(),
                        cpu.getLogicalProcessorCount()),
                hardware.getMemory().getTotal(),
                hardware.getDiskStores().stream()
                        .map(d -> new HostInfo.Disk(d.getName(), d.getModel(), d.getSize()))
                        .sorted(Comparator.comparing(HostInfo.Disk::name))
                        .toList(),
                hardware.getNetworkIFs(false).stream()
                        .filter(i -> !isLoopback(i))
                        .map(HostProbe::networkInterface)
                        .sorted(Comparator.comparing(HostInfo.NetworkInterface::name))
                        .toList(),
                os.getSessions().stream()
                        .map(s -> new HostInfo.LoggedOnUser(
                                s.getUserName(),
                                s.getTerminalDevice(),
                                s.getHost(),
                                Instant.ofEpochMilli(s.getLoginTime())))
                        .toList());
    }

    private static boolean isLoopback(NetworkIF each) {
        return Arrays.asList(each.getIPv4addr()).contains("127.0.0.1")
                || each.getName().equals("lo");
    }

    private static HostInfo.NetworkInterface networkInterface(NetworkIF each) {
        String mac = each.getMacaddr().toLowerCase(Locale.ROOT);
        return new HostInfo.NetworkInterface(
                each.getName(),
                mac.equals("unknown") || mac.equals("00:00:00:00:00:00") ? "" : mac,
                List.of(each.getIPv4addr()),
                List.of(each.getIPv6addr()),
                Arrays.stream(each.getSubnetMasks()).map(Short::intValue).toList());
    }

    private synchronized String machineId() {
        String known = machineId;
        if (known == null) {
            known = MachineId.read();
            machineId = known;
        }
        return known;
    }
}
