package io.deskwave.protocol;

/** The version, the paths and the limits both sides keep, each with its reason. */
public final class Protocol {
    /** Raised only for a change that an older peer would misread; what may be missing travels as an ability instead. */
    public static final int VERSION = 2;

    /** Where an agent exchanges its enrollment token for an identity: {@code POST}, JSON. */
    public static final String ENROLL_PATH = "/agent/v1/enroll";

    /** Where an agent opens its WebSocket. */
    public static final String SESSION_PATH = "/agent/v1/session";

    /** The scheme of the {@code Authorization} header of the WebSocket upgrade; an {@link Assertion} follows. */
    public static final String ASSERTION_SCHEME = "Deskwave-Agent ";

    /** A script's text, in characters: the vendor's limit. */
    public static final int MAX_SCRIPT_CHARS = 100_000;

    /** One message. A script of 100,000 characters escaped as JSON takes at most 600,000 bytes. */
    public static final int MAX_MESSAGE_BYTES = 1024 * 1024;

    /** One output frame: big enough to be cheap, small enough that many desktops share a loop fairly. */
    public static final int MAX_OUTPUT_CHUNK_BYTES = 32 * 1024;

    /** Output sent and not yet acked, per record: what a noisy desktop can make the node hold. */
    public static final int OUTPUT_WINDOW_BYTES = 256 * 1024;

    /** The largest offset in a stream: what JSON numbers hold exactly. */
    public static final long MAX_OFFSET = 1L << 53;

    /** Kept per record by default, head and tail together. */
    public static final int DEFAULT_OUTPUT_LIMIT_BYTES = 1024 * 1024;

    /** A reason is one sentence; with the vendor's limit on messages in mind. */
    public static final int MAX_REASON_CHARS = 1000;

    /** How many processes an outcome names, of those it ended and of those that survived. */
    public static final int MAX_NAMED_PROCESSES = 100;

    public static final int MAX_PROCESS_CHARS = 200;

    /** Attempts a hello may hold: far more than a desktop that runs one at a time can have unacked. */
    public static final int MAX_HELD = 10_000;

    /** An assertion is good for this long either way; a wrong clock is answered with the server's time. */
    public static final int ASSERTION_SECONDS = 300;

    /** An agent sends a WebSocket ping this often; a node sends one where it has heard nothing for somewhat longer... */
    public static final int PING_SECONDS = 20;

    /** ... and give a peer up that was silent for this long. */
    public static final int SILENCE_SECONDS = 45;

    /** The ability of an agent that takes a {@link ServerMessage.PowerOrder}. */
    public static final String POWER_ORDERS = "power_orders";

    /** The ability of an agent that tells the users of its machine of a power order, and gives them time. */
    public static final String POWER_NOTICES = "power_notices";

    /** A notice is one screen of text. */
    public static final int MAX_NOTICE_CHARS = 1000;

    /** The longest time that users are given. */
    public static final int MAX_NOTICE_SECONDS = 3600;

    /** The ability of an agent that takes a {@link ServerMessage.WakeDesktops}. */
    public static final String WAKE_ON_LAN = "wake_on_lan";

    /** The most that one message may have woken: what an agent sends in a few seconds. */
    public static final int MAX_WOKEN = 64;

    /** The ability of an agent that takes a {@link ServerMessage.SnapshotOrder}. */
    public static final String SNAPSHOTS = "snapshots";

    private Protocol() {}

    /** {@code text} cut to at most {@code max} characters, never through a surrogate pair. */
    public static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end);
    }
}
