package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.agent.LinuxNotices.LoggedOn;
import org.junit.jupiter.api.Test;

final class LinuxNoticesTest {
    @Test
    void findsThoseWhoAreLoggedOnAndNotTheScreenThatWaits() {
        String shown =
                """
                User=1000
                Name=eva
                Type=wayland
                Class=user

                User=120
                Name=gdm
                Type=x11
                Class=greeter

                User=1001
                Name=adam
                Type=tty
                Class=user

                User=1003
                Name=noah
                Type=tty
                Class=user
                State=closing

                User=1002
                Name=--login
                Type=x11
                Class=user
                """;
        assertThat(LinuxNotices.sessions(shown))
                .containsExactly(new LoggedOn("eva", "1000", true), new LoggedOn("adam", "1001", false));
        assertThat(LinuxNotices.sessions("")).isEmpty();
    }

    @Test
    void theTextIsOneArgumentAndNothingElse() {
        assertThat(LinuxNotices.notifySend(new LoggedOn("eva", "1000", true), "-u low; $(reboot) <b>now</b> & here"))
                .containsExactly(
                        "runuser",
                        "-u",
                        "eva",
                        "--",
                        "env",
                        "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
                        "notify-send",
                        "--urgency=critical",
                        "--",
                        "From your administrator",
                        "-u low; $(reboot) &lt;b&gt;now&lt;/b&gt; &amp; here");
    }
}
