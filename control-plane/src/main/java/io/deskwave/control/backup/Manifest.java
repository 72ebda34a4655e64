package io.deskwave.control.backup;

import io.deskwave.control.iam.MasterKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The last member of a backup: what the others must be, under a seal that only the master key makes. Checksums tell what was
 * damaged, the seal what was changed on purpose.
 *
 * @param takenAt the state that the backup holds is of about this instant
 * @param postgresMajor the version whose programs can read the data
 * @param masterKey the fingerprint of the master key
 * @param digests SHA-256 of each file, in hex; for a folder, whose name ends in a slash, {@link #FOLDER}
 * @param seal of everything else, in hex
 */
record Manifest(Instant takenAt, String postgresMajor, String masterKey, Map<String, String> digests, String seal) {
    static final String NAME = "manifest.json";
    static final String FOLDER = "folder";

    /** What a reader must understand; a change that an older one would misread takes the next number. */
    private static final int FORMAT = 2;

    private static final String SEAL = "seal";
    private static final String SEALED_AS = "backup manifest";

    Manifest {
        digests = Map.copyOf(digests);
    }

    static Manifest sealed(Instant takenAt, String postgresMajor, MasterKey key, Map<String, String> digests) {
        var open = new Manifest(takenAt, postgresMajor, key.fingerprint(), digests, "");
        return new Manifest(takenAt, postgresMajor, key.fingerprint(), digests, open.sealBy(key));
    }

    boolean isSealedBy(MasterKey key) {
        return MessageDigest.isEqual(
                seal.getBytes(StandardCharsets.UTF_8), sealBy(key).getBytes(StandardCharsets.UTF_8));
    }

    /** Over what was understood of it, written anew: nothing that was not sealed is ever used. */
    private String sealBy(MasterKey key) {
        return HexFormat.of()
                .formatHex(key.authenticate(SEALED_AS, content().toBuffer().getBytes()));
    }

    private JsonObject content() {
        JsonObject files = new JsonObject();
        new TreeMap<>(digests).forEach(files::put);
        return new JsonObject()
                .put("format", FORMAT)
                .put("taken_at", takenAt.toString())
                .put("postgres_major", postgresMajor)
                .put("master_key_fingerprint", masterKey)
                .put("files", files);
    }

    byte[] toBytes() {
        return content().put(SEAL, seal).toBuffer().getBytes();
    }

    static Manifest parse(byte[] bytes) throws IOException {
        try {
            JsonObject json = new JsonObject(Buffer.buffer(bytes));
            requireFormat(json.getInteger("format", 0));
            Map<String, String> digests = new TreeMap<>();
            json.getJsonObject("files").forEach(file -> digests.put(file.getKey(), (String) file.getValue()));
            return new Manifest(
                    Instant.parse(json.getString("taken_at")),
                    Objects.requireNonNull(json.getString("postgres_major")),
                    Objects.requireNonNull(json.getString("master_key_fingerprint")),
                    digests,
                    Objects.requireNonNull(json.getString(SEAL)));
        } catch (DecodeException | DateTimeException | ClassCastException | NullPointerException e) {
            throw new IOException("its manifest cannot be read", e);
        }
    }

    private static void requireFormat(int format) {
        if (format != FORMAT) {
            throw new BackupFault("the backup is of format " + format + ", which this build does not know: restore it "
                    + "with the build that made it" + (format > FORMAT ? ", or a newer one" : ", and back up anew"));
        }
    }
}
