package io.deskwave.control.desktop;

import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Which of a machine's network cards it could be woken through, and the networks they are in. Pure. */
final class NetworkCards {
    private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final String PART = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(PART + "(\\." + PART + "){3}");
    /** Loopback, made up by the machine itself, groups, and what nobody has. */
    private static final Pattern NOWHERE = Pattern.compile("(0|127|169\\.254|22[4-9]|2[3-5][0-9])\\..*");
    /** Between a machine and what runs on it: the same addresses on many machines, and no wire. */
    private static final Pattern VIRTUAL =
            Pattern.compile("(docker|br-|virbr|veth|cni|flannel|cali|lxc|lxdbr|tun|tap|wg|zt|tailscale|vmnet|vboxnet).*"
                    + "|vEthernet.*|VirtualBox Host-Only.*|VMware Network Adapter.*");

    private static final String DOCKER = "02:42:";
    private static final String NONE = "00:00:00:00:00:00";
    /** Where an agent does not say how wide its network is. */
    private static final int USUAL_PREFIX = 24;

    private static final int WIDEST = 8;
    private static final int NARROWEST = 30;
    private static final int MOST = 16;

    private NetworkCards() {}

    /** @param address with the prefix length, {@code 10.1.2.3/24} */
    record Card(String mac, String address) {}

    static List<Card> of(HostInfo host) {
        return host.interfaces().stream()
                .filter(NetworkCards::isCard)
                .flatMap(NetworkCards::cards)
                .distinct()
                .limit(MOST)
                .toList();
    }

    private static boolean isCard(NetworkInterface each) {
        return MAC.matcher(each.mac()).matches()
                && !each.mac().startsWith(DOCKER)
                && !each.mac().equals(NONE)
                && !VIRTUAL.matcher(each.name()).matches();
    }

    private static Stream<Card> cards(NetworkInterface each) {
        boolean known = each.ipv4Prefixes().size() == each.ipv4().size();
        return IntStream.range(0, each.ipv4().size())
                .filter(i -> isSomewhere(each.ipv4().get(i)))
                .filter(i -> !known || isBroadcasting(each.ipv4Prefixes().get(i)))
                .mapToObj(i -> new Card(
                        each.mac(),
                        each.ipv4().get(i) + "/" + (known ? each.ipv4Prefixes().get(i) : USUAL_PREFIX)));
    }

    private static boolean isSomewhere(String address) {
        return IPV4.matcher(address).matches() && !NOWHERE.matcher(address).matches();
    }

    private static boolean isBroadcasting(int prefix) {
        return prefix >= WIDEST && prefix <= NARROWEST;
    }
}
