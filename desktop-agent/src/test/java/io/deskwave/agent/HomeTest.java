package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
final class HomeTest {
    @TempDir
    private Path folder;

    @Test
    void belongsToItsOwnerAlone() throws Exception {
        Path path = folder.resolve("a/b");
        try (Home home = Home.open(path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.runs())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void isGivenToOneAgentAtATime() throws Exception {
        try (Home home = Home.open(folder)) {
            assertThat(home.runs()).exists();
            assertThatThrownBy(() -> Home.open(folder))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("another agent runs in " + folder);
        }
        try (Home again = Home.open(folder)) {
            assertThat(again.runs()).exists();
        }
    }

    @Test
    void isNotTakenFromAnotherUser() throws Exception {
        assumeThat(FolderRemovalTest.run("chown", "12345", folder.toString()))
                .as("chown needs root")
                .isZero();
        assertThatThrownBy(() -> Home.open(folder))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("belongs to 12345");
    }

    @Test
    void saysThatItCannotBeWritten() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> Home.open(file))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("cannot write in " + file)
                .hasMessageContaining("--home");
    }
}
