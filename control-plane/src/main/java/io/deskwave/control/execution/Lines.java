package io.deskwave.control.execution;

import io.deskwave.protocol.Protocol;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Letters that wait, one line a desktop, each in the order it came. Desktops with little waiting go first, so that one that
 * writes a line now and then is not held up by those that write without pause; these take turns. Neither starves the other:
 * a part of each group is kept for the noisy ones. Used on one event loop.
 */
final class Lines {
    /** Letters in one transaction. */
    static final int GROUP = 1000;

    /** Bytes in one transaction: it delays what comes meanwhile, by some 40 ms at 50 MB a second. */
    static final int GROUP_BYTES = 2 * 1024 * 1024;

    /** What a line may hold and still go first, and what a noisy one may send in a turn. */
    static final int QUIET_BYTES = Protocol.MAX_OUTPUT_CHUNK_BYTES;

    /** For all that wait on a node, on all its event loops. */
    private static final int ALL_BYTES = 64 * 1024 * 1024;

    private static final int MOST_SHARE_BYTES = 2 * Protocol.OUTPUT_WINDOW_BYTES;

    private final int allBytes;
    private final Map<UUID, Line> lines = new HashMap<>();
    private final Deque<Line> quiet = new ArrayDeque<>();
    private final Deque<Line> noisy = new ArrayDeque<>();

    private static final class Line {
        private final UUID desktopId;
        private final Deque<Letter> letters = new ArrayDeque<>();
        private int bytes;

        Line(UUID desktopId) {
            this.desktopId = desktopId;
        }
    }

    /** @param loops that share the memory of the node */
    Lines(int loops) {
        this.allBytes = ALL_BYTES / loops;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** Whether a desktop has more waiting than its share: it is to pause. */
    boolean isOverfull(UUID desktopId) {
        Line line = lines.get(desktopId);
        return line != null && line.bytes > share();
    }

    int share() {
        return Math.max(QUIET_BYTES, Math.min(MOST_SHARE_BYTES, allBytes / Math.max(1, lines.size())));
    }

    void add(Letter letter) {
        UUID desktopId = letter.report().desktopId();
        Line line = lines.get(desktopId);
        boolean isNew = line == null;
        if (line == null) {
            line = new Line(desktopId);
            lines.put(desktopId, line);
        }
        line.letters.add(letter);
        line.bytes += letter.bytes();
        if (isNew) {
            queue(line);
        }
    }

    /** What is to be committed next; at least one letter unless empty. */
    List<Letter> nextGroup() {
        var group = new ArrayList<Letter>();
        int kept = GROUP_BYTES / 4;
        int room = take(quiet, group, GROUP_BYTES - kept, GROUP - GROUP / 4) + kept;
        room = take(noisy, group, room, GROUP);
        int left = take(quiet, group, room, GROUP);
        assert left <= GROUP_BYTES;
        return group;
    }

    /** One turn for each line, as long as there is room; answers how much is left. */
    private int take(Deque<Line> from, List<Letter> group, int bytes, int most) {
        int room = bytes;
        for (int turns = from.size(); turns > 0 && room > 0 && group.size() < most; turns--) {
            Line line = from.remove();
            int turn = QUIET_BYTES;
            while (turn > 0 && room > 0 && group.size() < most && !line.letters.isEmpty()) {
                Letter letter = line.letters.remove();
                int size = letter.bytes();
                line.bytes -= size;
                turn -= size;
                room -= size;
                group.add(letter);
            }
            if (line.letters.isEmpty()) {
                lines.remove(line.desktopId);
            } else {
                queue(line);
            }
        }
        return room;
    }

    private void queue(Line line) {
        (line.bytes <= QUIET_BYTES ? quiet : noisy).add(line);
    }
}
