package io.deskwave.control.iam;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * {@code bootstrap.json}: the credentials of the first start, readable by the owner only. They are written as
 * {@code bootstrap.json.pending} before they are committed, and become the real file once the server listens: whenever the
 * process dies, the next start finds them. Blocks.
 */
public final class BootstrapFile {
    private final Path file;
    private final Path pending;

    public BootstrapFile(Path dataDir) {
        this.file = dataDir.resolve("bootstrap.json");
        this.pending = dataDir.resolve("bootstrap.json.pending");
    }

    /** What the first start made up. */
    public record Credentials(
            String domainName,
            String userName,
            String password,
            String projectId,
            String projectName,
            String accessKey,
            String secretKey) {
        @Override
        public String toString() {
            return "Credentials[" + domainName + "/" + userName + "]";
        }

        private JsonObject json() {
            return new JsonObject()
                    .put("domain_name", domainName)
                    .put("user_name", userName)
                    .put("password", password)
                    .put("project_id", projectId)
                    .put("project_name", projectName)
                    .put("access_key", accessKey)
                    .put("secret_key", secretKey);
        }

        private static Credentials of(JsonObject json) {
            return new Credentials(
                    json.getString("domain_name"),
                    json.getString("user_name"),
                    json.getString("password"),
                    json.getString("project_id"),
                    json.getString("project_name"),
                    json.getString("access_key"),
                    json.getString("secret_key"));
        }
    }

    /** Once the server listens: the file that operators read. */
    public void complete(Credentials credentials, String endpoint, String enrollmentToken) {
        JsonObject whole = new JsonObject()
                .put("endpoint", endpoint)
                .mergeIn(credentials.json())
                .put("enrollment_token", enrollmentToken);
        write(file, whole);
        discardPending();
    }

    void savePending(Credentials credentials) {
        write(pending, credentials.json());
    }

    Optional<Credentials> readPending() {
        try {
            return Files.exists(pending)
                    ? Optional.of(Credentials.of(new JsonObject(Buffer.buffer(Files.readAllBytes(pending)))))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void discardPending() {
        try {
            boolean unused = Files.deleteIfExists(pending);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of it or nothing, never readable by others. */
    private static void write(Path target, JsonObject content) {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            boolean unused = Files.deleteIfExists(part);
            try (FileChannel channel = FileChannel.open(
                    part,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer bytes = ByteBuffer.wrap((content.encodePrettily() + "\n").getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    int written = channel.write(bytes);
                    assert written >= 0;
                }
                channel.force(true);
            }
            Path moved = Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            assert moved.equals(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + target, e);
        }
    }
}
