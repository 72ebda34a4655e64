package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.Cpu;
import io.deskwave.protocol.HostInfo.Disk;
import io.deskwave.protocol.HostInfo.LoggedOnUser;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.deskwave.protocol.Protocol;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what an agent says of its machine. It is cut rather than refused: an agent cannot help what firmware calls a
 * disk, and PostgreSQL takes no NUL in a text.
 */
final class HostInfoLimits {
    private static final int MAX_CHARS = 255;
    private static final int MAX_PARTS = 64;
    private static final int MAX_USERS = 256;
    /** What JSON may say and {@code timestamptz} and four-digit years may hold. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private HostInfoLimits() {}

    static HostInfo clean(HostInfo host) {
        return new HostInfo(
                osType(text(host.osType())),
                text(host.osName()),
                text(host.osVersion()),
                text(host.architecture()),
                text(host.hostname()),
                text(host.machineId()),
                text(host.bootId()),
                time(host.bootTime()),
                cpu(host.cpu()),
                Math.max(0, host.memoryBytes()),
                list(host.disks(), MAX_PARTS, HostInfoLimits::disk),
                list(host.interfaces(), MAX_PARTS, HostInfoLimits::networkInterface),
                list(host.users(), MAX_USERS, HostInfoLimits::user));
    }

    /** What is left of a text without control characters, at most 255 of them; empty for null. */
    static String text(@Nullable String text) {
        if (text == null) {
            return "";
        }
        boolean clean = text.chars().noneMatch(Character::isISOControl);
        return Protocol.cut(clean ? text : text.replaceAll("\\p{Cc}", ""), MAX_CHARS);
    }

    private static String osType(String osType) {
        return osType.equals("Linux") || osType.equals("Windows") ? osType : "Others";
    }

    private static Instant time(@Nullable Instant time) {
        return time == null || time.isBefore(Instant.EPOCH) || time.isAfter(LATEST) ? Instant.EPOCH : time;
    }

    private static Cpu cpu(@Nullable Cpu cpu) {
        return cpu == null
                ? new Cpu("", 0, 0)
                : new Cpu(text(cpu.model()), Math.max(0, cpu.physicalCores()), Math.max(0, cpu.logicalCores()));
    }

    private static Disk disk(Disk disk) {
        return new Disk(text(disk.name()), text(disk.model()), Math.max(0, disk.sizeBytes()));
    }

    private static NetworkInterface networkInterface(NetworkInterface network) {
        return new NetworkInterface(
                text(network.name()),
                text(network.mac()),
                list(network.ipv4(), MAX_PARTS, HostInfoLimits::text),
                list(network.ipv6(), MAX_PARTS, HostInfoLimits::text),
                list(network.ipv4Prefixes(), MAX_PARTS, prefix -> Math.max(0, Math.min(32, prefix))));
    }

    private static LoggedOnUser user(LoggedOnUser user) {
        return new LoggedOnUser(text(user.name()), text(user.terminal()), text(user.host()), time(user.since()));
    }

    private static <T> List<T> list(List<T> all, int max, UnaryOperator<T> clean) {
        return all.stream().limit(max).map(clean).toList();
    }
}
