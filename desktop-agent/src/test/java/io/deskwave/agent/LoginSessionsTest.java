package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LoginSessionsTest {
    @TempDir
    Path folder;

    private void session(String id, String user, String terminal, String kind, String state) throws IOException {
        Files.writeString(
                folder.resolve(id),
                "# This is private data. Do not parse.\nUID=1000\nUSER=" + user + "\nSTATE=" + state + "\nTTY="
                        + terminal + "\nCLASS=" + kind + "\n");
    }

    @Test
    @Timeout(20)
    void theLoginScreenAndWhoHasLeftAreNobody() throws Exception {
        session("c1", "gdm", "tty1", "greeter", "online");
        session("2", "ann", "tty2", "user", "active");
        session("3", "bob", "tty3", "user", "closing");
        session("4", "eve", "tty4", "user", "closing");
        session("5", "eve", "tty4", "user", "online");
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("2.ref").toString())
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();

        LoginSessions sessions = LoginSessions.read(folder);

        assertThat(sessions.isPerson("gdm", "tty1")).isFalse();
        assertThat(sessions.isPerson("ann", "tty2")).isTrue();
        assertThat(sessions.isPerson("bob", "tty3")).isFalse();
        assertThat(sessions.isPerson("eve", "tty4")).isTrue();
        assertThat(sessions.isPerson("root", "pts/0")).as("not known here").isTrue();
    }

    @Test
    void withoutLogindEverybodyIsSomebody() {
        assertThat(LoginSessions.read(folder.resolve("absent")).isPerson("ann", "tty1"))
                .isTrue();
    }
}
