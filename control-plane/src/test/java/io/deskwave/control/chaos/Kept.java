package io.deskwave.control.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that is kept running as a service manager does: started again a second after its end, unless a fault wants it
 * down. {@link #tend} is called by one thread again and again; the others are the faults'.
 */
class Kept {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_END = Duration.ofSeconds(40);
    private static final int REFUSED = 3;
    private static final int USAGE = 2;

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path log;
    private final Journal journal;
    private @Nullable Process process;
    private boolean wanted;
    private boolean endToldOf = true;
    private long notBefore;

    Kept(String name, List<String> command, Map<String, String> environment, Path log, Journal journal) {
        this.name = name;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.log = log;
        this.journal = journal;
    }

    final String name() {
        return name;
    }

    final Path log() {
        return log;
    }

    final synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    final synchronized void up() {
        wanted = true;
        notBefore = 0;
        tend();
    }

    /** Starts it when it should run and does not. */
    final synchronized void tend() {
        if (isAlive()) {
            return;
        }
        if (!endToldOf && process != null) {
            endToldOf = true;
            notBefore = System.nanoTime() + PAUSE.toNanos();
            tell(process.exitValue());
        }
        if (wanted && (notBefore == 0 || System.nanoTime() > notBefore)) {
            try {
                process = Launch.start(command, environment, log);
                endToldOf = false;
                journal.count("starts of " + name.replaceAll("-\\d+", "s"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void tell(int exitCode) {
        if (wanted) {
            journal.say(name + " ended by itself with exit code " + exitCode);
            journal.count(name.replaceAll("-\\d+", "s") + " that ended by themselves");
            if (exitCode == REFUSED || exitCode == USAGE) {
                journal.find(name + " ended for good with exit code " + exitCode + ": read " + log);
            }
        }
    }

    /** As {@code kill -9} does. */
    final void kill() {
        down("KILL");
    }

    /** Asked to end; that it does not is a finding. */
    final void terminate() {
        if (!down("TERM")) {
            journal.find(name + " did not end within " + LONGEST_END.toSeconds() + " s of being asked");
            kill();
        }
    }

    private boolean down(String signal) {
        Process target;
        synchronized (this) {
            wanted = false;
            target = process;
        }
        if (target == null) {
            return true;
        }
        Signals.send(signal, List.of(Long.toString(target.pid())));
        try {
            boolean ended = target.waitFor(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
            synchronized (this) {
                endToldOf = endToldOf || ended; // nothing that has to be told: it was asked for
            }
            return ended;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    final void freeze() {
        signal("STOP");
    }

    final void thaw() {
        signal("CONT");
    }

    private synchronized void signal(String signal) {
        if (process != null && process.isAlive()) {
            Signals.send(signal, List.of(Long.toString(process.pid())));
        }
    }

    /** The rest of the last line of its log that starts like this. */
    final Optional<String> line(String prefix) {
        try {
            return Files.readAllLines(log).stream()
                    .filter(line -> line.startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .reduce((first, last) -> last);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
