package io.deskwave.control.backup;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The last member of a backup: what the others must be.
 *
 * @param takenAt the state that the backup holds is of about this instant
 * @param postgresMajor the version whose programs can read the data
 * @param masterKey the fingerprint of the master key; empty when it was not at hand
 * @param digests SHA-256 of each member, in hex
 */
record Manifest(Instant takenAt, String postgresMajor, Optional<String> masterKey, Map<String, String> digests) {
    static final String NAME = "manifest.json";

    /** What a reader must understand; a change that an older one would misread takes the next number. */
    private static final int FORMAT = 1;

    Manifest {
        digests = Map.copyOf(digests);
    }

    byte[] toBytes() {
        JsonObject files = new JsonObject();
        new TreeMap<>(digests).forEach(files::put);
        JsonObject json = new JsonObject()
                .put("format", FORMAT)
                .put("taken_at", takenAt.toString())
                .put("postgres_major", postgresMajor);
        masterKey.ifPresent(fingerprint -> json.put("master_key_fingerprint", fingerprint));
        return json.put("files", files).toBuffer().getBytes();
    }

    static Manifest parse(byte[] bytes) throws IOException {
        try {
            JsonObject json = new JsonObject(Buffer.buffer(bytes));
            if (json.getInteger("format", 0) != FORMAT) {
                throw new BackupFault("the backup is of format " + json.getValue("format")
                        + ", which this build does not know: restore it with the build that made it, or a newer one");
            }
            Map<String, String> digests = new TreeMap<>();
            json.getJsonObject("files").forEach(file -> digests.put(file.getKey(), (String) file.getValue()));
            return new Manifest(
                    Instant.parse(json.getString("taken_at")),
                    json.getString("postgres_major"),
                    Optional.ofNullable(json.getString("master_key_fingerprint")),
                    digests);
        } catch (DecodeException | DateTimeException | ClassCastException | NullPointerException e) {
            throw new IOException("its manifest cannot be read", e);
        }
    }
}
