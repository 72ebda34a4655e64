package io.deskwave.agent;

import io.deskwave.protocol.HostInfo;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Machines that do not exist. */
final class SimulatedHosts {
    private SimulatedHosts() {}

    static HostInfo make(int number, String name) {
        Instant now = Instant.now();
        String mac = String.format("02:00:00:%02x:%02x:%02x", number >> 16 & 255, number >> 8 & 255, number & 255);
        String ip = "10." + (number >> 16 & 255) + "." + (number >> 8 & 255) + "." + (number & 255);
        return new HostInfo(
                "Linux",
                "Simulated GNU/Linux",
                "1",
                "amd64",
                name,
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                now.minusSeconds(3600),
                new HostInfo.Cpu("Simulated", 2, 4),
                8L << 30,
                List.of(new HostInfo.Disk("/dev/sda", "Simulated", 64L << 30)),
                List.of(new HostInfo.NetworkInterface("eth0", mac, List.of(ip), List.of())),
                List.of());
    }

    static HostInfo rebooted(HostInfo host, Instant now) {
        return new HostInfo(
                host.osType(),
                host.osName(),
                host.osVersion(),
                host.architecture(),
                host.hostname(),
                host.machineId(),
                UUID.randomUUID().toString(),
                now,
                host.cpu(),
                host.memoryBytes(),
                host.disks(),
                host.interfaces(),
                host.users());
    }
}
