package io.deskwave.control.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Ends a provider with everything it started: its descendants, and on Linux also those that left it and still carry its mark in
 * their environment. First TERM, then KILL. Blocking, for seconds.
 */
final class ProviderTree {
    static final String MARK = "DESKWAVE_PROVIDER_ACTION";

    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_MILLIS = 30;

    private ProviderTree() {}

    /** Those that are left: none, as a rule. */
    static List<Long> end(Process process, UUID actionId) throws InterruptedException {
        long start = System.nanoTime();
        Map<Long, ProcessHandle> asked = new LinkedHashMap<>();
        while (true) {
            List<ProcessHandle> alive = look(process, actionId, asked);
            long passed = System.nanoTime() - start;
            if (alive.isEmpty() || passed > LIMIT_NANOS) {
                return alive.stream().map(ProcessHandle::pid).toList();
            }
            for (ProcessHandle one : alive) {
                boolean isNew = asked.putIfAbsent(one.pid(), one) == null;
                boolean unused = passed > GRACE_NANOS ? one.destroyForcibly() : isNew && one.destroy();
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private static List<ProcessHandle> look(Process process, UUID actionId, Map<Long, ProcessHandle> known) {
        return Stream.of(
                        Stream.of(process.toHandle()),
                        known.values().stream(),
                        known.values().stream().flatMap(ProcessHandle::descendants),
                        process.descendants(),
                        marked(actionId))
                .flatMap(each -> each)
                .distinct()
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    private static Stream<ProcessHandle> marked(UUID actionId) {
        String mark = MARK + "=" + actionId;
        return ProcessHandle.allProcesses().filter(each -> carries(each.pid(), mark));
    }

    /** False where nobody can tell: on other systems, and of other users' processes. */
    private static boolean carries(long pid, String mark) {
        try {
            byte[] environment = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
            return List.of(new String(environment, StandardCharsets.ISO_8859_1).split("\0", -1))
                    .contains(mark);
        } catch (IOException e) {
            return false;
        }
    }
}
