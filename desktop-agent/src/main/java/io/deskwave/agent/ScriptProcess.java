package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ScriptType;
import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One script's process, known by its files, so that an agent that was restarted knows it as well as the one that started
 * it. Between agent and script stands a wrapper that outlives the agent: it creates the pid file <em>exclusively</em>,
 * runs the script, waits, and gives a file the exit code as its name.
 *
 * <p>The exclusive creation is what makes a second start impossible. An agent that was killed between its journal entry
 * and the start finds no pid file and may safely start again in the same boot: should the first wrapper still be on its
 * way, one of both loses the race for the file and ends without running anything. After a reboot a missing pid file
 * proves nothing, since it need not have reached the disk, so the attempt ends as INTERRUPTED. Blocking.
 */
final class ScriptProcess {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptProcess.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(5);

    private static final Duration RECORD_OFTEN = Duration.ofMillis(100);
    private static final Duration RECORD_OFTEN_FOR = Duration.ofSeconds(2);
    private static final Duration RECORD_SELDOM = Duration.ofSeconds(1);

    private final AttemptId id;
    private final RunFolder folder;
    private final Function<JournalEntry.Birth, Duration> clock;
    private @Nullable ProcessTree tree;
    private long startedLookingNanos;
    private long recordedNanos;

    ScriptProcess(AttemptId id, RunFolder folder) {
        this(id, folder, new RunClock()::elapsed);
    }

    ScriptProcess(AttemptId id, RunFolder folder, Function<JournalEntry.Birth, Duration> clock) {
        this.id = id;
        this.folder = folder;
        this.clock = clock;
    }

    /** Starts the script unless some wrapper did so before; either way the process that runs is the answer. */
    JournalEntry.Birth start(ScriptType type, Charset console) throws IOException, Interpreter.Unable {
        String text = Files.readString(folder.text());
        Interpreter.Prepared prepared = Interpreter.prepare(type, text, folder.path(), console);
        ScriptText.write(folder.path().resolve(prepared.fileName()), prepared.content());
        Files.createDirectories(folder.work(), DurableFile.onlyOwner("rwx------"));
        var builder = new ProcessBuilder(Wrapper.command(folder, prepared.command()))
                .directory(folder.work().toFile())
                .redirectInput(new File(Platform.WINDOWS ? "NUL" : "/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.output(OutputStreamName.STDOUT).toFile()))
                .redirectError(ProcessBuilder.Redirect.DISCARD); // the script's own goes to its file, in the wrapper
        forScript(builder.environment());
        Instant now = Instant.now();
        return Platform.WINDOWS ? startOnWindows(builder, now) : birthOf(builder.start(), now);
    }

    /** Here the agent creates the pid file, before the start: an attempt that has one is never started again. */
    private JournalEntry.Birth startOnWindows(ProcessBuilder builder, Instant now) throws IOException {
        try {
            Files.createFile(folder.pid());
        } catch (FileAlreadyExistsException e) {
            return find().orElse(new JournalEntry.Birth(now, 0, 0));
        }
        Process process = builder.start();
        long mark = startMark(process.pid());
        Files.writeString(folder.pid(), process.pid() + " " + mark);
        WindowsJobs.adopt(id, process.pid());
        return new JournalEntry.Birth(now, process.pid(), mark);
    }

    private JournalEntry.Birth birthOf(Process process, Instant now) throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Long> pid = readNumber(folder.pid());
            if (pid.isPresent()) {
                return new JournalEntry.Birth(now, pid.get(), startMark(pid.get()));
            }
            LockSupport.parkNanos(500_000);
        }
        try {
            Files.createFile(folder.pid()); // from now on a wrapper that is late runs nothing
        } catch (FileAlreadyExistsException e) {
            Optional<Long> pid = readNumber(folder.pid());
            if (pid.isEmpty() && !process.isAlive() && process.exitValue() == Wrapper.NOT_STARTED) {
                throw new IOException("not started, because its process could not be written down in the agent's home"
                        + " folder: make room there and retry");
            }
            return new JournalEntry.Birth(now, pid.orElse(0L), startMark(pid.orElse(0L)));
        }
        throw new IOException("no process came up within " + START_LIMIT.toSeconds() + " s; the wrapper was "
                + (process.isAlive() ? "alive" : "gone with " + process.exitValue()));
    }

    /** What a wrapper of this attempt left, if any ran; for an agent that was restarted. */
    Optional<JournalEntry.Birth> find() {
        if (Files.notExists(folder.pid())) {
            return Optional.empty();
        }
        try {
            return Optional.of(findBirth());
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{}: its pid file cannot be read", id, e);
            return Optional.of(new JournalEntry.Birth(Instant.now(), 0, 0));
        }
    }

    private JournalEntry.Birth findBirth() throws IOException {
        Instant startedAt = Files.getLastModifiedTime(folder.pid()).toInstant();
        if (Platform.WINDOWS) {
            String[] pidAndMark = Files.readString(folder.pid()).strip().split(" ", 2);
            return pidAndMark.length < 2
                    ? new JournalEntry.Birth(startedAt, 0, 0)
                    : new JournalEntry.Birth(startedAt, Long.parseLong(pidAndMark[0]), Long.parseLong(pidAndMark[1]));
        }
        long pid = readNumber(folder.pid()).orElse(0L);
        boolean ours = !Platform.LINUX || ProcessTable.hasInEnvironment(pid, ProcessTree.MARK + "=" + id);
        return new JournalEntry.Birth(startedAt, pid, ours ? startMark(pid) : 0);
    }

    /**
     * The clock is read first, so that an agent which is frozen between two lines finds no time gone that the script did not
     * run. Alive is asked before the exit code: who is gone by then has told it before.
     */
    ScriptLook look(JournalEntry.Birth birth, OutputSpool spool, boolean sameBoot) {
        Duration elapsed = clock.apply(birth);
        boolean alive = sameBoot && isAlive(birth);
        OptionalInt exitCode = exitCode(alive);
        OutputSpool.Sizes sizes = spool.sizes();
        if (alive && exitCode.isEmpty()) {
            recordTree(birth);
        }
        return new ScriptLook(sizes, exitCode, alive, elapsed, spool.isOver(OutputSpool.CAP_BYTES, sizes));
    }

    /** Often at first, when daemons are made, and then now and again: it reads the whole process table. */
    private void recordTree(JournalEntry.Birth birth) {
        long now = System.nanoTime();
        startedLookingNanos = startedLookingNanos == 0 ? now : startedLookingNanos;
        Duration pause = now - startedLookingNanos < RECORD_OFTEN_FOR.toNanos() ? RECORD_OFTEN : RECORD_SELDOM;
        if (Platform.LINUX && (recordedNanos == 0 || now - recordedNanos >= pause.toNanos())) {
            recordedNanos = now;
            try {
                tree(birth).record();
            } catch (IllegalStateException e) {
                LOG.debug("{}: its processes not recorded: {}", id, e.toString());
            }
        }
    }

    private synchronized ProcessTree tree(JournalEntry.Birth birth) {
        if (tree == null) {
            tree = new ProcessTree(id, birth);
        }
        return tree;
    }

    boolean isAlive(JournalEntry.Birth birth) {
        return birth.startMark() > 0 && startMark(birth.pid()) == birth.startMark();
    }

    OptionalInt exitCode(boolean mayRun) {
        return folder.exitCode(mayRun);
    }

    ProcessTree.Ended end(JournalEntry.Birth birth) {
        if (Platform.LINUX) {
            return tree(birth).end(ProcessTree.GRACE);
        }
        return WindowsJobs.end(id, birth);
    }

    /** Of a process that runs; 0 when there is none, or only a zombie. */
    private static long startMark(long pid) {
        if (Platform.LINUX) {
            return ProcessTable.find(pid)
                    .filter(ProcessTable.Row::isAlive)
                    .map(ProcessTable.Row::startTicks)
                    .orElse(0L);
        }
        return ProcessHandle.of(pid)
                .flatMap(handle -> handle.info().startInstant())
                .map(Instant::toEpochMilli)
                .orElse(0L);
    }

    private void forScript(Map<String, String> environment) {
        environment.keySet().removeIf(name -> name.startsWith("DESKWAVE_"));
        environment.put(ProcessTree.MARK, id.toString());
        environment.putIfAbsent("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    /** Empty while the file is missing or not yet written. */
    private static Optional<Long> readNumber(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = Files.readString(file).strip();
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.of(0L); // whatever wrote that, nobody may run it again
        }
    }
}
