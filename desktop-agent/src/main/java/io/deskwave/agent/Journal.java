package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every attempt that the control plane has not acked, one folder each. An attempt is in here, durably, before a process
 * is started for it; that is what makes a redelivered one harmless. Blocking.
 */
final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    /** @param unreadable attempts whose folder is there and whose entry is not: they may have run */
    record Loaded(List<JournalEntry> entries, List<AttemptId> unreadable) {}

    private final Path runs;
    private final GoneFolders gone;

    Journal(Path runs) {
        this.runs = runs;
        this.gone = new GoneFolders(runs);
    }

    RunFolder folder(AttemptId id) {
        return new RunFolder(runs.resolve(id.toString()));
    }

    GoneFolders gone() {
        return gone;
    }

    /**
     * Returns when the entry is on the disk. The text need not be: a boot later nobody starts it any more.
     *
     * @throws FileAlreadyExistsException when there is a folder of this attempt, so that it may have run
     */
    void create(JournalEntry entry, String text) throws IOException {
        RunFolder folder = folder(entry.id());
        if (gone.holds(entry.id())) {
            throw new FileAlreadyExistsException(folder.path().toString());
        }
        Files.createDirectory(folder.path(), DurableFile.onlyOwner("rwx------"));
        for (OutputStreamName stream : OutputStreamName.values()) {
            Files.createFile(folder.output(stream), DurableFile.onlyOwner("rw-------"));
        }
        Files.createFile(folder.exitToBe(), DurableFile.onlyOwner("rw-------"));
        ScriptText.write(folder.text(), text.getBytes(StandardCharsets.UTF_8));
        write(entry);
        DurableFile.syncFolder(runs);
    }

    void write(JournalEntry entry) throws IOException {
        DurableFile.write(folder(entry.id()).meta(), Wire.toJson(entry));
    }

    /** Oldest first. What is no attempt's folder is left where it is. */
    Loaded load() throws IOException {
        var entries = new ArrayList<JournalEntry>();
        var unreadable = new ArrayList<AttemptId>();
        int strangers = 0;
        try (var folders = Files.newDirectoryStream(runs)) {
            for (Path folder : folders) {
                Optional<AttemptId> id = AttemptId.parse(String.valueOf(folder.getFileName()));
                if (id.isPresent()) {
                    load(id.get(), entries, unreadable);
                } else if (!GoneFolders.isGone(folder)) {
                    if (strangers++ == 0) {
                        LOG.warn("{} is not the agent's and is left alone, and so are others like it", folder);
                    }
                }
            }
        }
        entries.sort(Comparator.comparing(JournalEntry::acceptedAt));
        return new Loaded(entries, unreadable);
    }

    /** A folder with neither an entry nor a pid file never had a process, and goes. */
    private void load(AttemptId id, List<JournalEntry> entries, List<AttemptId> unreadable) {
        RunFolder folder = folder(id);
        try {
            JournalEntry entry = Wire.fromJson(Files.readString(folder.meta()), JournalEntry.class);
            if (!entry.id().equals(id)) {
                throw new IllegalArgumentException("it is of " + entry.id());
            }
            entries.add(entry);
        } catch (NoSuchFileException e) {
            if (Files.notExists(folder.pid())) {
                LOG.warn("{} was never accepted and is removed", id);
                removeQuietly(folder.path());
            } else {
                unreadable.add(id);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("{}: its journal entry cannot be read", id, e);
            unreadable.add(id);
        }
    }

    /** The script ran: its text and its working directory are of no more use. */
    void tidy(AttemptId id) {
        removeQuietly(folder(id).text());
        removeQuietly(folder(id).work());
    }

    /** The attempt is forgotten, durably; its files go when {@link #gone} says. */
    void remove(AttemptId id) throws IOException {
        gone.add(id);
    }

    private static void removeQuietly(Path path) {
        try {
            FolderRemoval.remove(path);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed now: {}", path, e.toString());
        }
    }
}
