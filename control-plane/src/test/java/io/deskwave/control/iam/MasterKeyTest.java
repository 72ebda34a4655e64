package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeyTest {
    private static final byte[] SECRET = "the secret".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    @Test
    void isMadeForItsOwnerOnlyAndReadAgain() throws Exception {
        byte[] wrapped = MasterKey.loadOrCreate(file()).wrap("jwt", SECRET);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(folder).isDirectoryNotContaining("glob:**/*.new");
        assertThat(MasterKey.loadOrCreate(file()).unwrap("jwt", wrapped)).isEqualTo(SECRET);
    }

    @Test
    void wrapsTheSameSecretDifferentlyEachTime() {
        MasterKey key = MasterKey.loadOrCreate(file());

        assertThat(key.wrap("jwt", SECRET)).isNotEqualTo(key.wrap("jwt", SECRET));
    }

    @Test
    void doesNotUnwrapUnderAnotherName() {
        MasterKey key = MasterKey.loadOrCreate(file());

        assertThatThrownBy(() -> key.unwrap("signing", key.wrap("jwt", SECRET)))
                .isInstanceOf(MasterKey.Unusable.class)
                .hasMessageContaining("--master-key-file");
    }

    @Test
    void doesNotUnwrapWhatAnotherKeyWrappedOrSomebodyChanged() {
        MasterKey key = MasterKey.loadOrCreate(file());
        byte[] foreign = MasterKey.loadOrCreate(folder.resolve("other.key")).wrap("jwt", SECRET);
        byte[] changed = key.wrap("jwt", SECRET);
        changed[changed.length - 1] ^= 1;

        assertThatThrownBy(() -> key.unwrap("jwt", foreign)).isInstanceOf(MasterKey.Unusable.class);
        assertThatThrownBy(() -> key.unwrap("jwt", changed)).isInstanceOf(MasterKey.Unusable.class);
        assertThatThrownBy(() -> key.unwrap("jwt", new byte[3])).isInstanceOf(MasterKey.Unusable.class);
    }

    @Test
    void refusesAFileOthersCanReadAndSaysHowToCloseIt() throws Exception {
        assertThat(MasterKey.loadOrCreate(file())).isNotNull();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(() -> MasterKey.loadOrCreate(file()))
                .isInstanceOf(MasterKey.Unusable.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void refusesADamagedFileAndKeepsIt() throws Exception {
        Files.createFile(file(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file(), "c2hvcnQ=");

        assertThatThrownBy(() -> MasterKey.loadOrCreate(file()))
                .isInstanceOf(MasterKey.Unusable.class)
                .hasMessageContaining("damaged");
        assertThat(file()).hasContent("c2hvcnQ=");
    }

    @Test
    void doesNotShowItselfInText() throws Exception {
        MasterKey key = MasterKey.loadOrCreate(file());

        assertThat(key.toString()).doesNotContain(Files.readString(file()).strip());
    }

    private Path file() {
        return folder.resolve("master.key");
    }
}
