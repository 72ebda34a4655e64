package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real tools. */
final class SystemSnapshotsTest {
    @TempDir
    private Path folder;

    private static ToolRun tool() {
        return new ToolRun(Duration.ofSeconds(30));
    }

    /** As root, with a file system in a file; elsewhere it is skipped, and says so. */
    @Test
    void snapshotsABtrfsRootAndKeepsTheNewestTen() throws Exception {
        Path image = folder.resolve("image");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(256L << 20);
        }
        Path root = Files.createDirectory(folder.resolve("root"));
        boolean mounted = succeeds("mkfs.btrfs", "-q", image.toString())
                && succeeds("mount", "-o", "loop", image.toString(), root.toString());
        assumeTrue(mounted, "no btrfs file system can be made and mounted here: snapshots on btrfs were NOT tested");
        try {
            Files.writeString(root.resolve("file"), "before");
            var snapshots = new SystemSnapshots(root);
            Instant first = Instant.parse("2026-11-21T10:00:00Z");
            String name = SnapshotMaker.name(UUID.randomUUID(), first);
            assertThat(snapshots.btrfs(tool(), name)).endsWith("/.deskwave-snapshots/" + name);
            Files.writeString(root.resolve("file"), "after");
            assertThat(root.resolve(".deskwave-snapshots").resolve(name).resolve("file"))
                    .hasContent("before");
            for (int i = 1; i <= 11; i++) {
                String more = SnapshotMaker.name(UUID.randomUUID(), first.plusSeconds(i));
                assertThat(snapshots.btrfs(tool(), more)).endsWith(more);
            }
            try (Stream<Path> left = Files.list(root.resolve(".deskwave-snapshots"))) {
                assertThat(left).hasSize(SnapshotPlan.BTRFS_KEPT).noneMatch(each -> each.endsWith(name));
            }
        } finally {
            assertThat(succeeds("umount", root.toString())).isTrue();
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            String unused = tool().run(List.of(command));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void saysWhyAToolFailed() throws Exception {
        assertThat(tool().run(List.of("sh", "-c", "echo one; echo two >&2"))).isEqualTo("one\ntwo\n");
        assertThatThrownBy(() -> tool().run(List.of("sh", "-c", "echo no room >&2; exit 5")))
                .hasMessage("sh failed with exit code 5: no room");
        assertThatThrownBy(() -> tool().run(List.of("no-such-tool-here"))).isInstanceOf(IOException.class);
        long before = System.nanoTime();
        assertThatThrownBy(() -> new ToolRun(Duration.ofMillis(200)).run(List.of("sh", "-c", "sleep 60 & sleep 60")))
                .hasMessage("sh took too long and was ended");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void aMachineIsProbed() throws Exception {
        SnapshotMachine machine = SnapshotMachine.probe();
        assertThat(machine.rootType()).isNotEmpty();
        assertThat(SnapshotPlan.choose(machine)).isNotEqualTo(SnapshotPlan.Tool.WINDOWS);
    }
}
