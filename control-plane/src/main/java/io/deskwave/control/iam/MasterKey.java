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
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The one secret outside of the database: it wraps the small secrets inside, so that a copy of the database alone opens
 * nothing. Nodes of one installation share it. What was wrapped under one name does not unwrap under another.
 */
public final class MasterKey {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte FORMAT = 1;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    private MasterKey(byte[] key) {
        this.key = new SecretKeySpec(key, "AES");
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

    /** Complete or not there at all: of two nodes that start together one makes it and both read the same. */
    private static void create(Path file) throws IOException {
        byte[] fresh = new byte[KEY_BYTES];
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
        try {
            byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
            if (key.length == KEY_BYTES) {
                return new MasterKey(key);
            }
        } catch (IllegalArgumentException notBase64) {
            // The same answer as for a wrong length.
        }
        throw new Unusable("the master key " + file + " is damaged: it must hold " + KEY_BYTES
                + " bytes in base64; restore it from a backup");
    }

    public byte[] wrap(String name, byte[] secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, name).doFinal(secret);
            byte[] wrapped = Arrays.copyOf(new byte[] {FORMAT}, 1 + NONCE_BYTES + sealed.length);
            System.arraycopy(nonce, 0, wrapped, 1, NONCE_BYTES);
            System.arraycopy(sealed, 0, wrapped, 1 + NONCE_BYTES, sealed.length);
            return wrapped;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    /** Fails with {@link Unusable} when it was wrapped by another key, under another name, or was changed since. */
    public byte[] unwrap(String name, byte[] wrapped) {
        if (wrapped.length < 1 + NONCE_BYTES + TAG_BITS / 8 || wrapped[0] != FORMAT) {
            throw new Unusable("the secret '" + name + "' in the database is damaged: restore the database");
        }
        try {
            byte[] nonce = Arrays.copyOfRange(wrapped, 1, 1 + NONCE_BYTES);
            return cipher(Cipher.DECRYPT_MODE, nonce, name)
                    .doFinal(wrapped, 1 + NONCE_BYTES, wrapped.length - 1 - NONCE_BYTES);
        } catch (AEADBadTagException e) {
            throw new Unusable("the secret '" + name + "' in the database was not wrapped by this master key: use the "
                    + "key this installation was started with (--master-key-file)");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM is part of every Java", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, String name) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    @Override
    public String toString() {
        return "MasterKey[hidden]";
    }
}
