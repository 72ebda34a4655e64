package io.deskwave.agent;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.WString;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Windows way to own a process tree: a job object holds a process and all its descendants. Written from Microsoft's
 * documentation and never run by us: there is no Windows machine where this is built. An agent that was restarted has no
 * handle to the job any more and falls back on the descendants that are still linked to the process. Blocking.
 */
final class WindowsJobs {
    private static final Logger LOG = LoggerFactory.getLogger(WindowsJobs.class);
    private static final int PROCESS_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001;
    private static final Map<AttemptId, Pointer> JOBS = new ConcurrentHashMap<>();

    /** Of kernel32; JNA's platform library has no job objects. */
    interface Kernel32 extends Library {
        @Nullable
        Pointer CreateJobObjectW(@Nullable Pointer attributes, WString name);

        boolean AssignProcessToJobObject(Pointer job, Pointer process);

        boolean TerminateJobObject(Pointer job, int exitCode);

        @Nullable
        Pointer OpenProcess(int access, boolean inherit, int pid);

        boolean CloseHandle(Pointer handle);

        int GetOEMCP();
    }

    private WindowsJobs() {}

    private static Kernel32 kernel() {
        return Native.load("kernel32", Kernel32.class);
    }

    /** What programs without a window print in. */
    static Charset consoleCharset() {
        int page = kernel().GetOEMCP();
        String name = page == 65001 ? "UTF-8" : page == 936 ? "GBK" : "Cp" + page;
        return Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    static void adopt(AttemptId id, long pid) {
        Pointer process = kernel().OpenProcess(PROCESS_SET_QUOTA_AND_TERMINATE, false, (int) pid);
        Pointer job = kernel().CreateJobObjectW(null, new WString("deskwave-" + id));
        if (process == null || job == null || !kernel().AssignProcessToJobObject(job, process)) {
            LOG.warn("{} runs without a job object, error {}", id, Native.getLastError());
        }
        if (job != null) {
            JOBS.put(id, job);
        }
        if (process != null) {
            boolean unused = kernel().CloseHandle(process);
        }
    }

    static ProcessTree.Ended end(AttemptId id, JournalEntry.Birth birth) {
        List<ProcessHandle> tree = ProcessHandle.of(birth.pid()).stream()
                .filter(root -> isSame(root, birth))
                .flatMap(root -> Stream.concat(root.descendants(), Stream.of(root)))
                .toList();
        Pointer job = JOBS.remove(id);
        if (job != null) {
            boolean unused = kernel().TerminateJobObject(job, 1);
            boolean unusedToo = kernel().CloseHandle(job);
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (tree.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadline) {
            tree.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(Duration.ofMillis(40).toNanos());
        }
        return new ProcessTree.Ended(
                tree.stream().filter(p -> !p.isAlive()).map(WindowsJobs::name).toList(),
                tree.stream()
                        .filter(ProcessHandle::isAlive)
                        .map(WindowsJobs::name)
                        .toList());
    }

    /** Windows gives the numbers of processes that ended to others. */
    private static boolean isSame(ProcessHandle process, JournalEntry.Birth birth) {
        return process.info()
                .startInstant()
                .filter(start -> start.toEpochMilli() == birth.startMark())
                .isPresent();
    }

    private static String name(ProcessHandle process) {
        return process.pid() + " " + process.info().command().orElse("?");
    }
}
