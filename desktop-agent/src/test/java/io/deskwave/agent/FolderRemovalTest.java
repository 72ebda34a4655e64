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
final class FolderRemovalTest {
    @TempDir
    private Path folder;

    static int run(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor();
    }

    /** Skips the test where this user may not mount. */
    static void mount(Path source, Path point) throws Exception {
        assumeThat(run("mount", "--bind", source.toString(), point.toString()))
                .as("mount --bind needs root")
                .isZero();
    }

    @Test
    void removesNothingThroughAMount() throws Exception {
        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.createFile(precious.resolve("data"));
        Path point = Files.createDirectories(folder.resolve("run/with space/m"));
        mount(precious, point);
        try {
            assertThatThrownBy(() -> FolderRemoval.remove(folder.resolve("run")))
                    .hasMessageContaining("something is mounted at " + point);
            assertThat(precious.resolve("data")).exists();
        } finally {
            assertThat(run("umount", point.toString())).isZero();
        }
        FolderRemoval.remove(folder.resolve("run"));
        assertThat(folder.resolve("run")).doesNotExist();
        assertThat(precious.resolve("data")).exists();
    }

    @Test
    void removesLinksAndNotWhatTheyPointTo() throws Exception {
        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.createFile(precious.resolve("data"));
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.createSymbolicLink(run.resolve("link"), precious);
        FolderRemoval.remove(run);
        assertThat(run).doesNotExist();
        assertThat(precious.resolve("data")).exists();
    }

    @Test
    void removesFoldersThatAreClosedToTheirOwner() throws Exception {
        Path closed = Files.createDirectories(folder.resolve("run/closed"));
        Files.createFile(closed.resolve("file"));
        for (String rights : new String[] {"r-xr-xr-x", "---------"}) {
            Path again = Files.createDirectories(folder.resolve("run/closed/" + rights.charAt(0)));
            Files.createFile(again.resolve("file"));
            Files.setPosixFilePermissions(again, PosixFilePermissions.fromString(rights));
        }
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        FolderRemoval.remove(folder.resolve("run"));
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void removesTheRestOfWhatCannotBeRemoved() throws Exception {
        Path stays = Files.createDirectories(folder.resolve("run/b")).resolve("stays");
        Files.createFile(stays);
        Files.createFile(folder.resolve("run/a"));
        Files.createFile(folder.resolve("run/c"));
        assumeThat(run("chattr", "+i", stays.toString()))
                .as("chattr needs root")
                .isZero();
        try {
            assertThatThrownBy(() -> FolderRemoval.remove(folder.resolve("run")))
                    .hasMessageContaining("stays");
            assertThat(folder.resolve("run/a")).doesNotExist();
            assertThat(folder.resolve("run/c")).doesNotExist();
        } finally {
            assertThat(run("chattr", "-i", stays.toString())).isZero();
        }
    }

    @Test
    void readsTheTableOfMounts() {
        String table =
                """
                36 35 98:0 / / rw,noatime master:1 - ext4 /dev/root rw
                37 36 98:0 /x /a/b\\040c rw - ext4 /dev/root rw
                38 36 98:0 /x /a/bc/d rw - ext4 /dev/root rw
                """;
        assertThat(Mounts.below("/a/b", table)).isEmpty();
        assertThat(Mounts.below("/a", table)).containsExactly("/a/b c", "/a/bc/d");
        assertThat(Mounts.below("/a/b c", table)).containsExactly("/a/b c");
    }
}
