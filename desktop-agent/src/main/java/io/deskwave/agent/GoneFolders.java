package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders of forgotten attempts, set apart by their name and removed as soon as that is possible: not while something
 * is mounted in one, and not while a process that the script left in the background writes to its output - that would
 * fill the disk unseen. Until then it is kept small. Blocking; one thread at a time, but for {@link #add}.
 */
final class GoneFolders {
    private static final Logger LOG = LoggerFactory.getLogger(GoneFolders.class);
    private static final String ENDING = ".gone";

    private final Path runs;
    private final Set<Path> complained = new HashSet<>();

    GoneFolders(Path runs) {
        this.runs = runs;
    }

    static boolean isGone(Path folder) {
        return folder.toString().endsWith(ENDING);
    }

    private Path gone(AttemptId id) {
        return runs.resolve(id + ENDING);
    }

    boolean holds(AttemptId id) {
        return Files.exists(gone(id));
    }

    /** Durably; needs no room on the disk. */
    void add(AttemptId id) throws IOException {
        Path folder = runs.resolve(id.toString());
        if (Files.exists(folder)) {
            var unused = Files.move(folder, gone(id));
            DurableFile.syncFolder(runs);
        }
    }

    /** Makes them small, and removes those that nobody uses; what fails is tried again by the next call. */
    void clean(boolean again) throws IOException {
        List<Path> folders = list();
        if (folders.isEmpty()) {
            return;
        }
        Set<String> alive = Platform.LINUX ? ProcessTree.markedAlive() : Set.of();
        for (Path folder : folders) {
            String name = String.valueOf(folder.getFileName());
            String id = name.substring(0, name.length() - ENDING.length());
            if (alive.contains(id)) {
                keepSmall(id, folder);
            } else if (again || !complained.contains(folder)) {
                remove(folder);
            }
        }
        complained.retainAll(folders);
    }

    private List<Path> list() throws IOException {
        var folders = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(runs, "*" + ENDING)) {
            found.forEach(folders::add);
        }
        return folders;
    }

    private void remove(Path folder) {
        try {
            FolderRemoval.remove(folder);
        } catch (IOException e) {
            if (complained.add(folder)) {
                LOG.warn("{} cannot be removed now; trying again every minute: {}", folder, e.toString());
            }
        }
    }

    private void keepSmall(String id, Path folder) {
        for (OutputStreamName stream : OutputStreamName.values()) {
            Path file = new RunFolder(folder).output(stream);
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                long size = channel.size();
                var unused = channel.truncate(0);
                Optional<AttemptId> attempt = AttemptId.parse(id);
                if (size > OutputSpool.CAP_BYTES && attempt.isPresent()) {
                    var birth = new JournalEntry.Birth(Instant.EPOCH, 0, 0);
                    ProcessTree.Ended tree = ProcessTree.end(attempt.get(), birth, ProcessTree.GRACE);
                    LOG.warn("{} {}", id, Reasons.ended("left in the background and filling the disk", tree));
                }
            } catch (IOException e) {
                LOG.debug("{} not made small: {}", file, e.toString());
            }
        }
    }
}
