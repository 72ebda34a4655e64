package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.Disk;
import io.deskwave.protocol.HostInfo.LoggedOnUser;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.deskwave.protocol.Wire;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A desktop in the vendor's words: its DesktopDetailInfo and SimpleDesktopInfo. Pure; what is not known is left out. */
final class DesktopView {
    static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    /** The default enterprise project: the only one there is. */
    static final String ENTERPRISE_PROJECT = "0";

    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    private DesktopView() {}

    static Map<String, Object> detail(Desktop desktop) {
        HostInfo host = desktop.host();
        Map<String, Object> view = common(desktop);
        view.put("addresses", addresses(host));
        view.put("ip_addresses", Stream.concat(ipv4(host), ipv6(host)).toList());
        ipv4(host).findFirst().ifPresent(ip -> view.put("ipv4", ip));
        ipv6(host).findFirst().ifPresent(ip -> view.put("ipv6", ip));
        view.put("user_list", userNames(host));
        view.put("metadata", metadata(host));
        view.put("login_status", loginStatus(desktop));
        view.put("os_version", osVersion(host));
        view.put("product", product(host));
        List<Map<String, Object>> volumes =
                host.disks().stream().map(DesktopView::volume).toList();
        volumes.stream().findFirst().ifPresent(volume -> view.put("root_volume", volume));
        view.put("data_volumes", volumes.stream().skip(1).toList());
        view.put("attach_state", DesktopAttributes.user(desktop.attributes()).isEmpty() ? "UNATTACH" : "ATTACHED");
        view.put("is_freeze", false);
        view.put("isolated", false);
        view.put("self_backup_management", desktop.selfBackupManagement());
        DesktopAttributes.showInDetail(desktop.attributes(), view);
        view.put("host", Wire.toMembers(host));
        view.put(
                "script_types",
                desktop.scriptTypes().stream().map(Enum::name).sorted().toList());
        view.put("agent_version", desktop.agentVersion());
        view.put("boot_id", desktop.bootId());
        view.put("connected", desktop.connected());
        Instant lastSeenAt = desktop.lastSeenAt();
        if (lastSeenAt != null) {
            view.put("last_seen_at", MILLIS.format(lastSeenAt));
        }
        return view;
    }

    /** One of a pool's desktops. Nothing here is made from the pool's template, so nothing can differ from it. */
    static Map<String, Object> pooled(Desktop desktop) {
        Map<String, Object> view = detail(desktop);
        view.put("inconsistent_types", List.of());
        return view;
    }

    static Map<String, Object> simple(Desktop desktop) {
        Map<String, Object> view = common(desktop);
        Stream.concat(ipv4(desktop.host()), ipv6(desktop.host()))
                .findFirst()
                .ifPresent(ip -> view.put("ip_address", ip));
        view.put("project_id", desktop.projectId());
        view.put("connect_status", loginStatus(desktop));
        return view;
    }

    private static Map<String, Object> common(Desktop desktop) {
        HostInfo host = desktop.host();
        var view = new LinkedHashMap<String, Object>();
        view.put("desktop_id", desktop.id().toString());
        view.put("computer_name", desktop.computerName());
        view.put("os_host_name", host.hostname());
        view.put("status", desktop.status());
        PowerOp powerOp = desktop.powerOp();
        if (powerOp != null) {
            view.put("task_status", taskStatus(powerOp));
        }
        view.put("desktop_type", desktop.poolId() == null ? "DEDICATED" : "POOLED");
        if (desktop.poolId() != null) {
            view.put("pool_id", desktop.poolId().toString());
        }
        view.put("created", MILLIS.format(desktop.createdAt()));
        userNames(host).stream().findFirst().ifPresent(name -> view.put("user_name", name));
        view.put(
                "attach_user_infos",
                DesktopAttributes.user(desktop.attributes()).stream().toList());
        view.put("tags", tags(desktop.tags()));
        view.put("in_maintenance_mode", false);
        view.put("enterprise_project_id", ENTERPRISE_PROJECT);
        DesktopAttributes.show(desktop.attributes(), view);
        return view;
    }

    static List<Map<String, Object>> tags(List<Tag> tags) {
        return tags.stream()
                .map(tag -> Map.<String, Object>of("key", tag.key(), "value", tag.value()))
                .toList();
    }

    /** The vendor has no word for a hibernation or a snapshot that is under way. */
    private static String taskStatus(PowerOp powerOp) {
        return switch (powerOp) {
            case START -> "powering-on";
            case STOP, HIBERNATE -> "powering-off";
            case REBOOT -> "rebooting";
            case REBUILD -> "rebuilding";
            case CREATE_SNAPSHOT -> "updating";
        };
    }

    static String loginStatus(Desktop desktop) {
        if (!desktop.connected()) {
            return "UNREGISTER";
        }
        return desktop.host().users().isEmpty() ? "REGISTERED" : "CONNECTED";
    }

    private static List<String> userNames(HostInfo host) {
        return host.users().stream().map(LoggedOnUser::name).distinct().toList();
    }

    private static Map<String, Object> metadata(HostInfo host) {
        return Map.of(
                "os_type", host.osType(),
                "os_bit", host.architecture().toLowerCase(Locale.ROOT).matches(".*64.*|s390x") ? "64" : "32",
                "desktop_os_version", osVersion(host));
    }

    private static String osVersion(HostInfo host) {
        return (host.osName() + " " + host.osVersion()).strip();
    }

    private static Map<String, Object> product(HostInfo host) {
        var product = new LinkedHashMap<String, Object>();
        product.put("cpu", Integer.toString(host.cpu().logicalCores()));
        product.put("memory", Long.toString(host.memoryBytes() / MIB));
        product.put("descriptions", host.cpu().model());
        product.put("architecture", host.architecture());
        return product;
    }

    private static Map<String, Object> volume(Disk disk) {
        var volume = new LinkedHashMap<String, Object>();
        volume.put("device", disk.name());
        volume.put("display_name", disk.model());
        volume.put("size", (int) Math.min(Integer.MAX_VALUE, Math.round((double) disk.sizeBytes() / GIB)));
        return volume;
    }

    private static Map<String, Object> addresses(HostInfo host) {
        var networks = new LinkedHashMap<String, Object>();
        for (NetworkInterface network : host.interfaces()) {
            var addresses = new ArrayList<Map<String, Object>>();
            network.ipv4().forEach(ip -> addresses.add(address(ip, "4", network.mac())));
            network.ipv6().forEach(ip -> addresses.add(address(ip, "6", network.mac())));
            networks.put(network.name(), addresses);
        }
        return networks;
    }

    private static Map<String, Object> address(String ip, String version, String mac) {
        var address = new LinkedHashMap<String, Object>();
        address.put("addr", ip);
        address.put("version", version);
        address.put("OS-EXT-IPS-MAC:mac_addr", mac);
        address.put("OS-EXT-IPS:type", "fixed");
        return address;
    }

    /** Addresses that others can reach: neither loopback nor link-local. */
    private static Stream<String> ipv4(HostInfo host) {
        Predicate<String> local = ip -> ip.startsWith("127.") || ip.startsWith("169.254.");
        return host.interfaces().stream().flatMap(i -> i.ipv4().stream()).filter(local.negate());
    }

    private static Stream<String> ipv6(HostInfo host) {
        Predicate<String> local = ip -> {
            String lower = ip.toLowerCase(Locale.ROOT);
            return lower.equals("::1") || lower.equals("0:0:0:0:0:0:0:1") || lower.matches("fe[89ab].*");
        };
        return host.interfaces().stream().flatMap(i -> i.ipv6().stream()).filter(local.negate());
    }
}
