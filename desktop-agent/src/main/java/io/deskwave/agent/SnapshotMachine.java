package io.deskwave.agent;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this machine has to make snapshots with.
 *
 * @param programs those of {@link #KNOWN} that can be started
 * @param snapperRoot whether snapper has a configuration of the name root
 * @param timeshiftReady whether timeshift was set up
 * @param rootType of the file system at /, such as {@code btrfs}; empty where that is not known
 * @param rootSource the device that it is on
 */
record SnapshotMachine(
        boolean windows,
        Set<String> programs,
        boolean snapperRoot,
        boolean timeshiftReady,
        String rootType,
        String rootSource) {
    private static final Set<String> KNOWN = Set.of("snapper", "timeshift", "btrfs", "lvs", "lvcreate", "lvremove");
    private static final Pattern SPACE = Pattern.compile(" ");

    SnapshotMachine {
        programs = Set.copyOf(programs);
    }

    /** Blocking. */
    static SnapshotMachine probe() throws IOException {
        if (Platform.WINDOWS) {
            return new SnapshotMachine(true, Set.of(), false, false, "", "");
        }
        var programs = new TreeSet<String>();
        KNOWN.stream().filter(SnapshotMachine::canStart).forEach(programs::add);
        Path mounts = Path.of("/proc/self/mountinfo");
        String[] root = Files.isReadable(mounts)
                ? root(Files.readString(mounts, StandardCharsets.ISO_8859_1))
                : new String[] {"", ""};
        return new SnapshotMachine(
                false,
                programs,
                Files.exists(Path.of("/etc/snapper/configs/root")),
                Files.exists(Path.of("/etc/timeshift/timeshift.json")),
                root[0],
                root[1]);
    }

    /** The type and the source of what is mounted at / last: that hides what is below. */
    static String[] root(String mountinfo) {
        String[] found = {"", ""};
        for (String line : mountinfo.split("\n", -1)) {
            String[] fields = SPACE.split(line);
            int dash = List.of(fields).indexOf("-");
            if (fields.length > 4 && fields[4].equals("/") && dash > 0 && dash + 2 < fields.length) {
                found = new String[] {fields[dash + 1], fields[dash + 2]};
            }
        }
        return found;
    }

    private static boolean canStart(String program) {
        String path = System.getenv("PATH");
        Stream<String> folders = Stream.of((path == null ? "" : path).split(Pattern.quote(File.pathSeparator), -1));
        return folders.filter(folder -> !folder.isEmpty())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
