package io.deskwave.agent;

import io.deskwave.agent.SnapshotPlan.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Snapshots by whatever tool this machine has. Blocking, for minutes. */
final class SystemSnapshots implements SnapshotMaker {
    private static final Logger LOG = LoggerFactory.getLogger(SystemSnapshots.class);

    private final Path root;

    SystemSnapshots() {
        this(Path.of("/"));
    }

    /** @param root of the file system to take a snapshot of */
    SystemSnapshots(Path root) {
        this.root = root;
    }

    @Override
    public String make(UUID orderId, Instant issuedAt, Duration within) throws IOException, InterruptedException {
        SnapshotMachine machine = SnapshotMachine.probe();
        var tool = new ToolRun(within);
        String name = SnapshotMaker.name(orderId, issuedAt);
        return switch (SnapshotPlan.choose(machine)) {
            case SNAPPER ->
                "snapper snapshot " + SnapshotPlan.lastLine(tool.run(SnapshotPlan.snapper(orderId)))
                        + " of the configuration root";
            case TIMESHIFT -> {
                String said = tool.run(SnapshotPlan.timeshift(orderId));
                yield "timeshift snapshot 'Deskwave " + orderId + "': " + SnapshotPlan.lastLine(said);
            }
            case BTRFS -> btrfs(tool, name);
            case LVM -> lvm(tool, name, machine.rootSource());
            case WINDOWS -> SnapshotPlan.lastLine(tool.run(SnapshotPlan.windows(orderId)));
            case NONE -> throw new IOException(SnapshotPlan.whyNone(machine));
        };
    }

    String btrfs(ToolRun tool, String name) throws IOException, InterruptedException {
        Path folder = root.resolve(".deskwave-snapshots");
        Files.createDirectories(folder, DurableFile.onlyOwner("rwx------"));
        Path snapshot = folder.resolve(name);
        String unused = tool.run(SnapshotPlan.btrfs(root, snapshot));
        List<String> all;
        try (Stream<Path> files = Files.list(folder)) {
            all = files.map(file -> String.valueOf(file.getFileName())).toList();
        }
        for (String old : SnapshotPlan.surplus(all, SnapshotPlan.BTRFS_KEPT)) {
            remove(tool, SnapshotPlan.btrfsDelete(folder.resolve(old)));
        }
        return "btrfs snapshot " + snapshot;
    }

    String lvm(ToolRun tool, String name, String device) throws IOException, InterruptedException {
        Volume volume;
        try {
            volume = Volume.parse(tool.run(SnapshotPlan.lvmLook(device)));
        } catch (IllegalArgumentException e) {
            throw new IOException("the root is on no LVM volume: " + e.getMessage(), e);
        }
        if (!volume.hasRoom()) {
            throw new IOException("the volume group " + volume.group() + " has " + volume.freeBytes()
                    + " bytes left, too few for a snapshot of " + volume.name() + ": make room in it");
        }
        String unused = tool.run(SnapshotPlan.lvm(volume, name));
        List<String> all =
                tool.run(SnapshotPlan.lvmList(volume.group())).lines().toList();
        for (String old : SnapshotPlan.surplus(all, SnapshotPlan.LVM_KEPT)) {
            remove(tool, SnapshotPlan.lvmDelete(volume.group(), old));
        }
        return "LVM snapshot " + volume.group() + "/" + name;
    }

    /** The snapshot that was asked for is there: that an old one stays is no failure of it. */
    private static void remove(ToolRun tool, List<String> command) throws InterruptedException {
        try {
            String unused = tool.run(command);
        } catch (IOException e) {
            LOG.warn("an old snapshot stays: {}", Outcomes.sentence(e));
        }
    }
}
