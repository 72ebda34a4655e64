package io.deskwave.control.db;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How to start the server that {@link EmbeddedPostgres} made, with the same settings, but without its supervisor: for those
 * who break and mend it themselves.
 *
 * @param command starts it; the kernel ends it when the thread that does so is gone
 * @param connect stays as long as the port is free
 */
public record ServerOnItsOwn(List<String> command, PgConnectOptions connect, Path data) {

    public ServerOnItsOwn {
        command = List.copyOf(command);
    }

    /** Makes the server in this folder, or finds the one that is there; it does not run afterwards. */
    public static ServerOnItsOwn in(Path folder) {
        EmbeddedPostgres once = EmbeddedPostgres.start(folder);
        try {
            Path home = folder.toRealPath();
            Path data = home.resolve("data");
            return new ServerOnItsOwn(
                    PostgresAccount.forData(home, data).serverCommand(arguments(once.pid())),
                    once.connectOptions(),
                    data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            once.stop();
        }
    }

    private static List<String> arguments(long pid) throws IOException {
        byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
        return List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
    }

    /** Whether the server with this pid has written that it takes connections. */
    public boolean saysReady(long pid) {
        try {
            return new PostmasterFile(data).saysReady(pid);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
