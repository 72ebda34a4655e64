package io.deskwave.control.db;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The embedded PostgreSQL's folder, seen from another process than the one that runs it.
 *
 * @param path what {@link EmbeddedPostgres#start} takes
 */
public record EmbeddedFolder(Path path) {
    /** Below this major version's programs only can its data be used. */
    public static final String POSTGRES_MAJOR = PostgresBinaries.MAJOR;

    public boolean hasData() {
        return Files.isDirectory(data());
    }

    public Path data() {
        return path.resolve("data");
    }

    public Path password() {
        return path.resolve("password");
    }

    /** How to connect to the server that runs in it now, as its only user. */
    public Optional<PgConnectOptions> running() throws IOException {
        OptionalInt port = new PostmasterFile(data()).port();
        return port.isPresent()
                ? Optional.of(EmbeddedPostgres.connectOptions(
                        port.getAsInt(), Files.readString(password()).strip()))
                : Optional.empty();
    }
}
