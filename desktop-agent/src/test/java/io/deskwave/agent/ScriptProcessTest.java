package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
final class ScriptProcessTest {
    @TempDir
    private Path home;

    private final AttemptId id = new AttemptId(UUID.randomUUID(), 1);

    private Journal journalWith(String text) throws Exception {
        var journal = new Journal(Files.createDirectories(home.resolve("runs")));
        var order = new JournalEntry.Order(ScriptType.SHELL, 60, 1000);
        journal.create(JournalEntry.accepted(id, Instant.now(), "boot", order), text);
        return journal;
    }

    @Test
    void neverRunsAScriptASecondTime() throws Exception {
        Path counter = home.resolve("counter");
        RunFolder folder = journalWith("echo x >> " + counter + "; exit 4").folder(id);
        var process = new ScriptProcess(id, folder);
        JournalEntry.Birth first = process.start(ScriptType.SHELL, StandardCharsets.UTF_8);
        JournalEntry.Birth second = process.start(ScriptType.SHELL, StandardCharsets.UTF_8);
        assertThat(second.pid()).isEqualTo(first.pid());
        Eventually.until("the exit code", () -> process.exitCode(true).isPresent());
        assertThat(process.exitCode(true)).hasValue(4);
        Eventually.until("the wrapper is gone", () -> !process.isAlive(first));
        assertThat(Files.readString(counter)).isEqualTo("x\n");
    }

    @Test
    void isFoundByAnAgentThatWasRestarted() throws Exception {
        RunFolder folder = journalWith("sleep 7353").folder(id);
        var process = new ScriptProcess(id, folder);
        assertThat(process.find()).isEmpty();
        JournalEntry.Birth birth = process.start(ScriptType.SHELL, StandardCharsets.UTF_8);
        try {
            JournalEntry.Birth found = new ScriptProcess(id, folder).find().orElseThrow();
            assertThat(found.pid()).isEqualTo(birth.pid());
            assertThat(found.startMark()).isEqualTo(birth.startMark());
            assertThat(process.isAlive(found)).isTrue();
        } finally {
            assertThat(process.end(birth).survivors()).isEmpty();
        }
    }

    /** Here the script ends while the clock is read; an agent that was frozen for that long must not call it overdue. */
    @Test
    void isNotOverdueWhenItEndedWhileTheAgentWasFrozen() throws Exception {
        Path go = home.resolve("go");
        RunFolder folder = journalWith("while [ ! -e " + go + " ]; do sleep 0.05; done; exit 3")
                .folder(id);
        var thawed = new ScriptProcess(id, folder, birth -> {
            assertThat(go.toFile().mkdir()).isTrue();
            Eventually.until("the script's end", () -> folder.exitCode(false).isPresent());
            return Duration.ofHours(1);
        });
        JournalEntry.Birth birth = thawed.start(ScriptType.SHELL, StandardCharsets.UTF_8);
        ScriptLook look = thawed.look(birth, new OutputSpool(folder), true);
        assertThat(look.exitCode()).hasValue(3);
    }

    @Test
    void doesNotTakeAnotherProcessWithTheSamePidForItsOwn() throws Exception {
        RunFolder folder = journalWith("true").folder(id);
        Files.writeString(folder.pid(), ProcessHandle.current().pid() + "\n");
        var process = new ScriptProcess(id, folder);
        assertThat(process.isAlive(process.find().orElseThrow())).isFalse();
    }

    @Test
    void keepsItsFilesToItsOwner() throws Exception {
        Journal journal = journalWith("umask; sleep 0.2");
        RunFolder folder = journal.folder(id);
        var process = new ScriptProcess(id, folder);
        assertThat(process.start(ScriptType.SHELL, StandardCharsets.UTF_8)).isNotNull();
        Eventually.until("the exit code", () -> process.exitCode(true).isPresent());
        try (var files = Files.walk(folder.path())) {
            for (Path file : files.toList()) {
                String rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                assertThat(rights.substring(3)).as(file.toString()).isEqualTo("------");
            }
        }
        assertThat(Files.readString(folder.path().resolve("out"))).isEqualTo("0022\n");
    }

    @Test
    void theJournalKeepsWhatItCannotReadAndStartsItNeverAgain() throws Exception {
        Journal journal = journalWith("true");
        Files.createFile(home.resolve("runs/stray"));
        for (String text : List.of("{}", "{\"id\":")) {
            Files.writeString(journal.folder(id).meta(), text);
            assertThat(journal.load().unreadable()).containsExactly(id);
        }
        Files.createFile(journal.folder(id).pid());
        Files.delete(journal.folder(id).meta());
        assertThat(journal.load().unreadable()).containsExactly(id);
        assertThatThrownBy(() -> journalWith("true")).isInstanceOf(FileAlreadyExistsException.class);
        Files.delete(journal.folder(id).pid());
        assertThat(journal.load().unreadable()).isEmpty();
        assertThat(journal.folder(id).path()).doesNotExist();
        assertThat(home.resolve("runs/stray")).exists();
    }

    @Test
    void theJournalForgetsAlsoWhatItCannotRemove() throws Exception {
        Journal journal = journalWith("true");
        Path disk = Files.createDirectory(home.resolve("precious"));
        Files.createFile(disk.resolve("data"));
        Path point = Files.createDirectories(journal.folder(id).work().resolve("m"));
        FolderRemovalTest.mount(disk, point);
        Path moved = home.resolve("runs/" + id + ".gone/work/m");
        try {
            journal.remove(id);
            journal.gone().clean(false);
            assertThat(journal.load()).isEqualTo(new Journal.Loaded(List.of(), List.of()));
            assertThat(moved.resolve("data")).exists();
        } finally {
            assertThat(FolderRemovalTest.run("umount", moved.toString())).isZero();
        }
        journal.gone().clean(true);
        assertThat(home.resolve("runs")).isEmptyDirectory();
        assertThat(disk.resolve("data")).exists();
    }

    @Test
    void tellsTheExitCodeWithoutRoomForIt() throws Exception {
        Journal journal = journalWith("exit 7");
        Files.write(journal.folder(id).exitToBe(), new byte[0]);
        Path exit = journal.folder(id).exitToBe();
        long node = (Long) Files.getAttribute(exit, "unix:ino");
        var process = new ScriptProcess(id, journal.folder(id));
        assertThat(process.start(ScriptType.SHELL, StandardCharsets.UTF_8)).isNotNull();
        Eventually.until("the exit code", () -> process.exitCode(true).isPresent());
        assertThat(process.exitCode(true)).hasValue(7);
        assertThat(Files.getAttribute(journal.folder(id).exit(7), "unix:ino")).isEqualTo(node); // renamed, not written
    }

    @Test
    void theJournalIsReadAsItWasWritten() throws Exception {
        Journal journal = journalWith("true");
        JournalEntry entry = journal.load().entries().get(0);
        assertThat(entry.id()).isEqualTo(id);
        JournalEntry ended = entry.started(new JournalEntry.Birth(Instant.parse("2026-01-02T03:04:05Z"), 4, 5))
                .headFixed(new JournalEntry.HeadEnd(1, 2))
                .ended(Outcomes.notStarted(ResultCode.START_FAILED, "no"), OutputPlan.of(10, 1, 2, 30, 40));
        journal.write(ended);
        assertThat(journal.load().entries()).isEqualTo(List.of(ended));
        journal.remove(id);
        assertThat(journal.load().entries()).isEmpty();
        assertThat(journal.load().unreadable()).isEmpty();
        journal.gone().clean(false);
        assertThat(home.resolve("runs")).isEmptyDirectory();
    }
}
