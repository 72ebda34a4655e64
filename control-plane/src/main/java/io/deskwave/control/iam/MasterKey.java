package io.deskwave.control.iam;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The one secret outside of the database: it wraps the small secrets inside, so that a copy of the database alone opens
 * nothing. Nodes of one installation share it. What was wrapped under one name does not unwrap under another.
 */
public final class MasterKey {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private static final String MAC = "HmacSHA256";

    private final SealedBox box;
    private final SecretKey root;
    private final String fingerprint;

    private MasterKey(byte[] key) {
        this.box = new SealedBox(key);
        this.root = new SecretKeySpec(key, MAC);
        this.fingerprint = fingerprint(key);
    }

    /** The file cannot be used as a master key, in one sentence for the operator. */
    public static final class Unusable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message, null, false, false);
        }
    }

    /** Reads the key; makes it, mode 0600, when there is no such file. Blocks. */
    public static MasterKey loadOrCreate(Path file) {
        try {
            if (Files.notExists(file)) {
                create(file);
            }
            return load(file);
        } catch (IOException e) {
            throw new Unusable("the master key " + file + " can neither be read nor made: " + e
                    + ". Make the file readable, or name another one with --master-key-file");
        }
    }

    /** Reads a key that must be there. Blocks. */
    public static MasterKey read(Path file) {
        try {
            return load(file);
        } catch (IOException e) {
            throw new Unusable("the master key " + file
                    + " cannot be read: check its name and its mode, or name another " + "one with --master-key-file");
        }
    }

    /** Tells two keys apart and nothing about either: the key is random, and cannot be guessed from it. */
    public String fingerprint() {
        return fingerprint;
    }

    private static String fingerprint(byte[] key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("deskwave master key ".getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Complete or not there at all: of two nodes that start together one makes it and both read the same. */
    private static void create(Path file) throws IOException {
        byte[] fresh = new byte[SealedBox.KEY_BYTES];
        new SecureRandom().nextBytes(fresh);
        Path folder = file.toAbsolutePath().getParent();
        Path unfinished =
                Files.createTempFile(folder, "master-", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            Files.writeString(unfinished, Base64.getEncoder().encodeToString(fresh) + "\n");
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.createLink(file, unfinished);
        } catch (FileAlreadyExistsException another) {
            // Made by another node in this moment.
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static MasterKey load(Path file) throws IOException {
        Set<PosixFilePermission> open = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        open.remove(PosixFilePermission.OWNER_READ);
        open.remove(PosixFilePermission.OWNER_WRITE);
        open.remove(PosixFilePermission.OWNER_EXECUTE);
        if (!open.isEmpty()) {
            throw new Unusable("the master key " + file + " is open to other users: chmod 600 " + file
                    + ", and make a new one if somebody may have read it");
        }
        return parse(Files.readString(file), "the master key " + file);
    }

    /**
     * The key that a file of it holds.
     *
     * @param called what the operator knows it by
     */
    public static MasterKey parse(String content, String called) {
        try {
            byte[] key = Base64.getDecoder().decode(content.strip());
            if (key.length == SealedBox.KEY_BYTES) {
                return new MasterKey(key);
            }
        } catch (IllegalArgumentException notBase64) {
            // The same answer as for a wrong length.
        }
        throw new Unusable(called + " is damaged: it must hold " + SealedBox.KEY_BYTES
                + " bytes in base64; restore it from a backup");
    }

    /**
     * What only somebody with the key can say of this content: its HMAC-SHA256 under a key for this name alone, which is
     * derived as HKDF (RFC 5869) expands it.
     */
    public byte[] authenticate(String name, byte[] content) {
        byte[] info = ("deskwave " + name + "\u0001").getBytes(StandardCharsets.UTF_8);
        return mac(new SecretKeySpec(mac(root, info), MAC), content);
    }

    private static byte[] mac(SecretKey key, byte[] content) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public byte[] wrap(String name, byte[] secret) {
        return box.seal(name, secret);
    }

    /** Fails with {@link Unusable} when it was wrapped by another key, under another name, or was changed since. */
    public byte[] unwrap(String name, byte[] wrapped) {
        if (!SealedBox.looksSealed(wrapped)) {
            throw new Unusable("the secret '" + name + "' in the database is damaged: restore the database");
        }
        return box.open(name, wrapped)
                .orElseThrow(() -> new Unusable(
                        "the secret '" + name + "' in the database was not wrapped by this master key: use the "
                                + "key this installation was started with (--master-key-file)"));
    }

    @Override
    public String toString() {
        return "MasterKey[hidden]";
    }
}
