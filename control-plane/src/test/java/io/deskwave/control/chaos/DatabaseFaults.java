package io.deskwave.control.chaos;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Breaks the PostgreSQL of a site: the shared one, or the one that the only node supervises itself. */
final class DatabaseFaults {
    private static final int MOST_CONNECTIONS = 120;

    private final Site site;
    private final @Nullable SharedPostgres shared;
    private final List<Connection> taken = new ArrayList<>();
    private List<String> frozen = List.of();

    DatabaseFaults(Site site) {
        this.site = site;
        this.shared = site.postgres();
    }

    void kill() throws IOException {
        if (shared == null) {
            Signals.send("KILL", List.of(site.nodes().get(0).embeddedProcess()));
        } else {
            shared.kill();
        }
    }

    void stop() throws IOException {
        if (shared == null) {
            Signals.send("INT", List.of(site.nodes().get(0).embeddedProcess()));
        } else {
            shared.stop();
        }
    }

    /** The embedded one is started by its node. */
    void start() {
        if (shared != null) {
            shared.start();
        }
    }

    void freeze() throws IOException {
        if (shared != null) {
            shared.freeze();
            return;
        }
        String first = site.nodes().get(0).embeddedProcess();
        Signals.send("STOP", List.of(first));
        var pids = new ArrayList<>(List.of(first));
        ProcessHandle.of(Long.parseLong(first)).ifPresent(process -> {
            try (Stream<ProcessHandle> children = process.descendants()) {
                children.forEach(child -> pids.add(Long.toString(child.pid())));
            }
        });
        Signals.send("STOP", pids);
        frozen = List.copyOf(pids);
    }

    void thaw() {
        if (shared != null) {
            shared.thaw();
        } else {
            Signals.send("CONT", frozen);
            frozen = List.of();
        }
    }

    /** Takes connections until none is given. */
    void useUpConnections() {
        while (taken.size() < MOST_CONNECTIONS) {
            try {
                taken.add(site.database());
            } catch (SQLException | IOException refused) {
                return;
            }
        }
    }

    void giveConnectionsBack() {
        for (Connection each : taken) {
            try {
                each.close();
            } catch (SQLException gone) {
                // the server went first
            }
        }
        taken.clear();
    }
}
