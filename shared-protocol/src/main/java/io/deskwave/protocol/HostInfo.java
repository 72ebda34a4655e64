package io.deskwave.protocol;

import static java.util.Objects.requireNonNullElse;

import java.time.Instant;
import java.util.List;

/**
 * What an agent knows of its machine. Sizes are bytes; unknown texts are empty, unknown numbers 0.
 *
 * @param osType {@code Linux}, {@code Windows} or {@code Others}
 * @param osName for example {@code Debian GNU/Linux}
 * @param osVersion for example {@code 12 (bookworm)}
 * @param machineId survives reboots, differs between machines; tells a cloned disk image from its original
 * @param bootId changes with every boot; proves that a reboot happened
 */
public record HostInfo(
        String osType,
        String osName,
        String osVersion,
        String architecture,
        String hostname,
        String machineId,
        String bootId,
        Instant bootTime,
        Cpu cpu,
        long memoryBytes,
        List<Disk> disks,
        List<NetworkInterface> interfaces,
        List<LoggedOnUser> users) {

    public HostInfo {
        disks = List.copyOf(disks);
        interfaces = List.copyOf(interfaces);
        users = List.copyOf(users);
    }

    public record Cpu(String model, int physicalCores, int logicalCores) {}

    public record Disk(String name, String model, long sizeBytes) {}

    /**
     * @param mac lower case with colons; empty where there is none
     * @param ipv4Prefixes the prefix length of the network of each IPv4 address, in their order; empty from agents that do
     *     not say
     */
    public record NetworkInterface(
            String name, String mac, List<String> ipv4, List<String> ipv6, List<Integer> ipv4Prefixes) {
        public NetworkInterface {
            ipv4 = List.copyOf(ipv4);
            ipv6 = List.copyOf(ipv6);
            ipv4Prefixes = List.copyOf(requireNonNullElse(ipv4Prefixes, List.of()));
        }

        /** Of an agent that says nothing of its networks. */
        public NetworkInterface(String name, String mac, List<String> ipv4, List<String> ipv6) {
            this(name, mac, ipv4, ipv6, List.of());
        }
    }

    public record LoggedOnUser(String name, String terminal, String host, Instant since) {}
}
