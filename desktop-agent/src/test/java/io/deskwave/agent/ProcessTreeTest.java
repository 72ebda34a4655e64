package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.ScriptType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real scripts with real descendants of the kinds that got away from others. */
@EnabledOnOs(OS.LINUX)
final class ProcessTreeTest {
    private static final String SECONDS = "7351"; // told apart from every other sleep on this machine

    @TempDir
    private Path runs;

    private final AttemptId id = new AttemptId(UUID.randomUUID(), 1);

    private JournalEntry.Birth start(String text) throws Exception {
        var journal = new Journal(runs);
        var order = new JournalEntry.Order(ScriptType.SHELL, 60, 1000);
        journal.create(JournalEntry.accepted(id, Instant.now(), "boot", order), text);
        return new ScriptProcess(id, journal.folder(id)).start(ScriptType.SHELL, StandardCharsets.UTF_8);
    }

    private static long sleepers() {
        return ProcessTable.alive().stream()
                .filter(row -> row.name().equals("sleep"))
                .flatMap(row -> ProcessHandle.of(row.pid()).stream())
                .filter(handle -> handle.info()
                        .arguments()
                        .filter(args -> args.length == 1 && args[0].equals(SECONDS))
                        .isPresent())
                .count();
    }

    @AfterEach
    void endAll() {
        ProcessTable.alive().stream()
                .filter(row -> ProcessTable.hasInEnvironment(row.pid(), ProcessTree.MARK + "=" + id))
                .flatMap(row -> ProcessHandle.of(row.pid()).stream())
                .forEach(ProcessHandle::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sleep 7351",
                "nohup sleep 7351 >/dev/null 2>&1 & wait",
                "setsid sleep 7351 & wait",
                "(setsid sh -c 'sleep 7351 & exit' &) ; sleep 7351",
                "trap '' TERM; sleep 7351 & sleep 7351; sleep 7351",
                "env -i setsid sleep 7351 & sleep 7351",
                "(sleep 0.3; kill -STOP $$) & sleep 7351",
                "sh -c 'trap \"sleep 7351 &\" TERM; sleep 7351; wait'",
            })
    void endsTheWholeTreeWithinTenSeconds(String text) throws Exception {
        JournalEntry.Birth birth = start(text);
        Eventually.until("the sleepers run", () -> sleepers() > 0);
        long start = System.nanoTime();
        ProcessTree.Ended tree = ProcessTree.end(id, birth, Duration.ofSeconds(1));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(sleepers()).isZero();
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
        assertThat(tree.survivors()).isEmpty();
        assertThat(tree.ended()).anyMatch(name -> name.endsWith(" sleep"));
    }

    @Test
    void endsADaemonThatHidWhileTheScriptRan() throws Exception {
        JournalEntry.Birth birth = start("(env -i setsid sleep 7351 & sleep 1) ; sleep 60");
        var process = new ScriptProcess(id, new Journal(runs).folder(id));
        var spool = new OutputSpool(new Journal(runs).folder(id));
        Eventually.until("the daemon is nobody's child", () -> {
            assertThat(process.look(birth, spool, true).alive()).isTrue();
            return sleepers() == 1 && parentOfSleeper() == 1;
        });
        ProcessTree.Ended tree = process.end(birth);
        assertThat(sleepers()).isZero();
        assertThat(tree.survivors()).isEmpty();
    }

    private static long parentOfSleeper() {
        return ProcessTable.alive().stream()
                .filter(row -> row.name().equals("sleep"))
                .filter(row -> ProcessHandle.of(row.pid())
                        .flatMap(handle -> handle.info().arguments())
                        .filter(args -> args.length == 1 && args[0].equals(SECONDS))
                        .isPresent())
                .mapToLong(ProcessTable.Row::parent)
                .findFirst()
                .orElse(0);
    }

    @Test
    void findsADaemonWhoseScriptIsOver() throws Exception {
        JournalEntry.Birth birth = start("setsid sleep 7351 & exit 0");
        var process = new ScriptProcess(id, new Journal(runs).folder(id));
        Eventually.until("the script is over", () -> process.exitCode(true).isPresent() && !process.isAlive(birth));
        Eventually.until("setsid has become the sleeper", () -> sleepers() == 1);
        assertThat(ProcessTree.end(id, birth, Duration.ofSeconds(1)).ended()).hasSize(1);
        assertThat(sleepers()).isZero();
    }

    @Test
    void touchesNobodyElse() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "7352").start();
        try {
            JournalEntry.Birth birth = start("sleep 7351");
            assertThat(ProcessTree.end(id, birth, Duration.ofSeconds(1)).survivors())
                    .isEmpty();
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }
}
