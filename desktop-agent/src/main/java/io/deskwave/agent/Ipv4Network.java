package io.deskwave.agent;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An IPv4 network that has a broadcast address. */
record Ipv4Network(int address, int prefix) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");
    private static final int WIDEST = 8;
    private static final int NARROWEST = 30;

    Ipv4Network {
        if (prefix < WIDEST || prefix > NARROWEST) {
            throw new IllegalArgumentException("a network of /" + WIDEST + " to /" + NARROWEST + ", not /" + prefix);
        }
        address &= -1 << (32 - prefix);
    }

    /** @throws IllegalArgumentException when that is no such network */
    static Ipv4Network parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not an IPv4 network: " + text);
        }
        int address = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(parts.group(i));
            if (part > 255) {
                throw new IllegalArgumentException("not an IPv4 network: " + text);
            }
            address = address << 8 | part;
        }
        return new Ipv4Network(address, Integer.parseInt(parts.group(5)));
    }

    InetAddress broadcast() throws UnknownHostException {
        int last = address | -1 >>> prefix;
        return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(last).array());
    }

    /** The addresses that this machine has in it, of interfaces that are up. Blocking. */
    List<InetAddress> ownAddresses() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .filter(Ipv4Network::isUp)
                .flatMap(each -> each.getInterfaceAddresses().stream())
                .filter(this::holds)
                .map(InterfaceAddress::getAddress)
                .toList();
    }

    private static boolean isUp(NetworkInterface each) {
        try {
            return each.isUp() && !each.isLoopback();
        } catch (SocketException e) {
            return false; // it has just gone
        }
    }

    private boolean holds(InterfaceAddress own) {
        return own.getAddress() instanceof Inet4Address
                && own.getNetworkPrefixLength() == prefix
                && (ByteBuffer.wrap(own.getAddress().getAddress()).getInt() & -1 << (32 - prefix)) == address;
    }
}
