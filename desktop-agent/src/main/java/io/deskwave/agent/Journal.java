package io.deskwave.agent;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every attempt that the control plane has not acked, one folder each. An attempt is in here, durably, before a process
 * is started for it; that is what makes a redelivered one harmless. Blocking.
 */
final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final Path runs;

    Journal(Path runs) {
        this.runs = runs;
    }

    RunFolder folder(AttemptId id) {
        return new RunFolder(runs.resolve(id.toString()));
    }

    /** Returns when the entry is on the disk. The text need not be: a boot later nobody starts it any more. */
    void create(JournalEntry entry, String text) throws IOException {
        RunFolder folder = folder(entry.id());
        Files.createDirectory(folder.path(), DurableFile.onlyOwner("rwx------"));
        for (OutputStreamName stream : OutputStreamName.values()) {
            Files.createFile(folder.output(stream), DurableFile.onlyOwner("rw-------"));
        }
        ScriptText.write(folder.text(), text.getBytes(StandardCharsets.UTF_8));
        write(entry);
        DurableFile.syncFolder(runs);
    }

    void write(JournalEntry entry) throws IOException {
        DurableFile.write(folder(entry.id()).meta(), Wire.toJson(entry));
    }

    /** Oldest first. A folder without a readable entry never had a process, and is removed. */
    List<JournalEntry> load() throws IOException {
        var entries = new ArrayList<JournalEntry>();
        try (var folders = Files.newDirectoryStream(runs)) {
            for (Path folder : folders) {
                try {
                    entries.add(Wire.fromJson(Files.readString(new RunFolder(folder).meta()), JournalEntry.class));
                } catch (IOException | IllegalArgumentException e) {
                    LOG.warn("{} holds no journal entry and is removed: {}", folder, e.getMessage());
                    delete(folder);
                }
            }
        }
        entries.sort(Comparator.comparing(JournalEntry::acceptedAt));
        return entries;
    }

    /** The script ran: its text and its working directory are of no more use. */
    void tidy(AttemptId id) throws IOException {
        Files.deleteIfExists(folder(id).text());
        delete(folder(id).work());
    }

    void remove(AttemptId id) throws IOException {
        delete(folder(id).path());
        DurableFile.syncFolder(runs);
    }

    /** The entry's file goes first: a half-removed folder is no entry. */
    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.deleteIfExists(new RunFolder(folder).meta());
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
