package io.deskwave.agent;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** What a sleeping network card listens for: six bytes of ones, then its own address sixteen times. */
final class MagicPacket {
    private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final int TIMES = 16;

    private MagicPacket() {}

    /** @throws IllegalArgumentException when that is no MAC address in lower case with colons */
    static byte[] of(String mac) {
        if (!MAC.matcher(mac).matches()) {
            throw new IllegalArgumentException("not a MAC address: " + mac);
        }
        byte[] address = HexFormat.ofDelimiter(":").parseHex(mac);
        ByteBuffer packet = ByteBuffer.allocate(address.length * (1 + TIMES));
        for (int i = 0; i < address.length; i++) {
            packet.put((byte) 0xff);
        }
        for (int i = 0; i < TIMES; i++) {
            packet.put(address);
        }
        return packet.array();
    }
}
