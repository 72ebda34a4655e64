package io.deskwave.agent;

import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.SigningKey;
import io.deskwave.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The two identity files: {@code identity.json} is the one that works, {@code candidate.json} one whose key pair is made
 * and whose enrollment is under way. A candidate replaces the identity only by {@link #adopt}. Blocking.
 */
final class Identities {
    private final Path current;
    private final Path candidate;

    Identities(Home home) {
        this.current = home.file("identity.json");
        this.candidate = home.file("candidate.json");
    }

    Optional<Identity> find() throws IOException {
        return read(current);
    }

    /** A candidate that the control plane answered, but that was not yet welcomed. */
    Optional<Identity> findEnrolledCandidate() throws IOException {
        return read(candidate).filter(Identity::isEnrolled);
    }

    /** The key pair is on disk before the control plane hears of it: asking again with it is the same enrollment. */
    Identity candidate(Enrollment.Token token, String endpoint, String machineId) throws IOException {
        String hash = hash(token);
        Optional<Identity> earlier = read(candidate).filter(i -> i.tokenHash().equals(hash));
        if (earlier.isPresent()) {
            return earlier.get().at(endpoint);
        }
        Identity made = make(token, endpoint, machineId, hash);
        saveCandidate(made);
        return made;
    }

    void saveCandidate(Identity identity) throws IOException {
        DurableFile.write(candidate, Wire.toJson(identity));
    }

    /** The candidate works: from now on it is the identity. */
    void adopt() throws IOException {
        Files.move(candidate, current, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path folder = current.getParent();
        if (folder != null) {
            DurableFile.syncFolder(folder);
        }
    }

    static String hash(Enrollment.Token token) {
        return HexFormat.of().formatHex(Trust.sha256(token.secret().getBytes(StandardCharsets.UTF_8)));
    }

    private static Optional<Identity> read(Path file) throws IOException {
        try {
            return Files.exists(file)
                    ? Optional.of(Wire.fromJson(Files.readString(file), Identity.class))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new UsageException(file + " is damaged: put a good copy back, or remove it and enrol again");
        }
    }

    private static Identity make(Enrollment.Token token, String endpoint, String machineId, String hash) {
        SigningKey key = SigningKey.generate();
        return new Identity(
                null,
                key.toBase64(),
                key.verifyingKey().toBase64(),
                null,
                endpoint,
                token.fingerprint(),
                machineId,
                hash);
    }
}
