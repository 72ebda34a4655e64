package io.deskwave.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends everything a script started on Linux: the processes of its session, those that carry its mark in their
 * environment, and the children of both, {@link #record recorded} while it runs and seen from one look to the next so
 * that a daemon that scrubbed its environment is still known as somebody's child. First TERM, then after a grace KILL, until nobody is left or the time is up.
 * Blocking, for seconds.
 */
final class ProcessTree {
    /** The environment variable that marks every process of a run. */
    static final String MARK = "DESKWAVE_RUN_ID";

    static final Duration GRACE = Duration.ofSeconds(5);
    static final Duration LIMIT = Duration.ofSeconds(9);

    private static final long LOOK_NANOS = Duration.ofMillis(40).toNanos();

    /** What was ended and what is still there, as {@code pid name}. */
    record Ended(List<String> ended, List<String> survivors) {
        static final Ended NOBODY = new Ended(List.of(), List.of());
    }

    private final String mark;
    private final JournalEntry.Birth wrapper;
    private boolean sessionIsOurs;
    private final Map<Long, ProcessTable.Row> known = new TreeMap<>();

    ProcessTree(AttemptId id, JournalEntry.Birth wrapper) {
        this.mark = MARK + "=" + id;
        this.wrapper = wrapper;
    }

    static Ended end(AttemptId id, JournalEntry.Birth wrapper, Duration grace) {
        return new ProcessTree(id, wrapper).end(grace);
    }

    /**
     * Remembers who belongs to the script now. A daemon that scrubbed its environment and whose parent is gone could
     * not be told from a stranger later.
     */
    synchronized void record() {
        var unused = look(false);
    }

    /** Whether any process of this machine carries the mark. */
    static boolean isMarkedAlive(AttemptId id) {
        String mark = MARK + "=" + id;
        return ProcessTable.alive().stream().anyMatch(row -> ProcessTable.hasInEnvironment(row.pid(), mark));
    }

    /** The attempts of which some process is alive on this machine. */
    static Set<String> markedAlive() {
        return ProcessTable.environmentValues(MARK);
    }

    synchronized Ended end(Duration grace) {
        long start = System.nanoTime();
        var asked = new HashMap<Long, Long>();
        List<ProcessTable.Row> left = look(true);
        var met = new TreeMap<Long, ProcessTable.Row>();
        left.forEach(row -> met.put(row.pid(), row));
        while (!left.isEmpty() && System.nanoTime() - start < LIMIT.toNanos()) {
            boolean force = System.nanoTime() - start >= grace.toNanos();
            for (ProcessTable.Row row : left) {
                signal(row, force, asked);
            }
            LockSupport.parkNanos(LOOK_NANOS);
            left = look(true);
            left.forEach(row -> met.put(row.pid(), row));
        }
        var survivors = left;
        List<String> ended = met.values().stream()
                .filter(row -> !survivors.contains(row) && row.pid() != wrapper.pid())
                .map(ProcessTable.Row::toString)
                .toList();
        return new Ended(
                ended, survivors.stream().map(ProcessTable.Row::toString).toList());
    }

    /** TERM once, so that a handler is not disturbed; KILL as often as it takes. The handle checks the start time. */
    private static void signal(ProcessTable.Row row, boolean force, Map<Long, Long> asked) {
        if (!force && Long.valueOf(row.startTicks()).equals(asked.put(row.pid(), row.startTicks()))) {
            return;
        }
        ProcessHandle.of(row.pid())
                .filter(handle -> ProcessTable.find(row.pid())
                        .filter(now -> now.startTicks() == row.startTicks())
                        .isPresent())
                .ifPresent(handle -> {
                    boolean unused = force ? handle.destroyForcibly() : handle.destroy();
                });
    }

    private List<ProcessTable.Row> look(boolean byMark) {
        // While its leader lives, the session's number cannot belong to anybody else.
        boolean leaderLives = ProcessTable.find(wrapper.pid())
                .filter(row -> row.startTicks() == wrapper.startMark())
                .isPresent();
        List<ProcessTable.Row> rows = ProcessTable.alive();
        sessionIsOurs = leaderLives || (byMark && sessionIsOurs);
        var members = new TreeMap<Long, ProcessTable.Row>();
        for (ProcessTable.Row row : rows) {
            if (isKnown(row) || isOfSession(row) || (byMark && ProcessTable.hasInEnvironment(row.pid(), mark))) {
                members.put(row.pid(), row);
            }
        }
        while (addChildren(rows, members)) {
            // until a look over all finds no more
        }
        known.clear();
        known.putAll(members);
        return new ArrayList<>(members.values());
    }

    private boolean isKnown(ProcessTable.Row row) {
        ProcessTable.Row before = known.get(row.pid());
        return before != null && before.startTicks() == row.startTicks();
    }

    private boolean isOfSession(ProcessTable.Row row) {
        return sessionIsOurs && row.session() == wrapper.pid() && row.startTicks() >= wrapper.startMark();
    }

    private static boolean addChildren(List<ProcessTable.Row> rows, Map<Long, ProcessTable.Row> members) {
        boolean grown = false;
        for (ProcessTable.Row row : rows) {
            if (members.containsKey(row.parent()) && !members.containsKey(row.pid())) {
                members.put(row.pid(), row);
                grown = true;
            }
        }
        return grown;
    }
}
