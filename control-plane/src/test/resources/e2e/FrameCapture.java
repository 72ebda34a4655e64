import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.Arrays;
import java.util.HexFormat;

/** Prints every frame with UDP to port 9 or 7 that arrives in this network namespace, as it came off the wire. */
public final class FrameCapture {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    /** ETH_P_ALL in network order. */
    private static final int ALL = 0x0300;

    public interface C extends Library {
        int socket(int domain, int type, int protocol);

        long recv(int socket, byte[] buffer, long length, int flags);
    }

    public static void main(String[] args) {
        C c = Native.load("c", C.class);
        int socket = c.socket(AF_PACKET, SOCK_RAW, ALL);
        if (socket < 0) {
            throw new IllegalStateException("no raw socket");
        }
        System.out.println("capturing here");
        byte[] buffer = new byte[65536];
        while (true) {
            int length = (int) c.recv(socket, buffer, buffer.length, 0);
            if (length > 42 && buffer[12] == 8 && buffer[13] == 0 && buffer[23] == 17) {
                int udp = 14 + (buffer[14] & 0xf) * 4;
                int port = (buffer[udp + 2] & 0xff) << 8 | buffer[udp + 3] & 0xff;
                if (port == 9 || port == 7) {
                    System.out.println("frame " + HexFormat.of().formatHex(Arrays.copyOf(buffer, length)));
                }
            }
        }
    }
}
