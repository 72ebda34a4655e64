package io.deskwave.agent;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.WString;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.deskwave.protocol.ServerMessage.Notice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Windows way: a message box in each session that somebody is logged on in, not waited for. Written from Microsoft's
 * documentation and never run by us: there is no Windows machine where this is built. Blocking.
 */
final class WindowsNotices {
    private static final Logger LOG = LoggerFactory.getLogger(WindowsNotices.class);
    private static final WString TITLE = new WString("From your administrator");
    private static final int MB_ICONWARNING = 0x30;
    private static final int WTS_ACTIVE = 0;
    private static final int WTS_DISCONNECTED = 4;
    private static final int WTS_USER_NAME = 5;

    /** Of wtsapi32; the first argument null means this machine. */
    interface Wtsapi32 extends Library {
        boolean WTSEnumerateSessionsW(
                @Nullable Pointer server, int reserved, int version, PointerByReference sessions, IntByReference count);

        boolean WTSQuerySessionInformationW(
                @Nullable Pointer server, int session, int what, PointerByReference text, IntByReference bytes);

        boolean WTSSendMessageW(
                @Nullable Pointer server,
                int session,
                WString title,
                int titleBytes,
                WString message,
                int messageBytes,
                int style,
                int timeoutSeconds,
                IntByReference response,
                boolean wait);

        void WTSFreeMemory(Pointer memory);
    }

    private WindowsNotices() {}

    /** The number of sessions. */
    static int show(Notice notice) throws IOException {
        Wtsapi32 wts = Native.load("wtsapi32", Wtsapi32.class);
        var sessions = new PointerByReference();
        var count = new IntByReference();
        if (!wts.WTSEnumerateSessionsW(null, 0, 1, sessions, count)) {
            throw new IOException("the sessions cannot be listed, error " + Native.getLastError());
        }
        int told = 0;
        try {
            // WTS_SESSION_INFOW: the id, a pointer to the station's name, the state; padded to pointers.
            int size = 3 * Native.POINTER_SIZE;
            for (int i = 0; i < count.getValue(); i++) {
                int id = sessions.getValue().getInt((long) i * size);
                int state = sessions.getValue().getInt((long) i * size + 2L * Native.POINTER_SIZE);
                if ((state == WTS_ACTIVE || state == WTS_DISCONNECTED) && hasUser(wts, id)) {
                    told++;
                    send(wts, id, notice);
                }
            }
        } finally {
            wts.WTSFreeMemory(sessions.getValue());
        }
        return told;
    }

    private static boolean hasUser(Wtsapi32 wts, int session) {
        var name = new PointerByReference();
        if (!wts.WTSQuerySessionInformationW(null, session, WTS_USER_NAME, name, new IntByReference())) {
            return false;
        }
        try {
            return !name.getValue().getWideString(0).isEmpty();
        } finally {
            wts.WTSFreeMemory(name.getValue());
        }
    }

    /** Lengths are in bytes of UTF-16. */
    private static void send(Wtsapi32 wts, int session, Notice notice) {
        boolean sent = wts.WTSSendMessageW(
                null,
                session,
                TITLE,
                2 * TITLE.length(),
                new WString(notice.message()),
                2 * notice.message().length(),
                MB_ICONWARNING,
                notice.seconds(),
                new IntByReference(),
                false);
        if (!sent) {
            LOG.warn("session {} cannot be told, error {}", session, Native.getLastError());
        }
    }
}
