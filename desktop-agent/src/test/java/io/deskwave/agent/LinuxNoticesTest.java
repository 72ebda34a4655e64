package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.agent.LinuxNotices.Graphical;
import org.junit.jupiter.api.Test;

final class LinuxNoticesTest {
    @Test
    void findsThoseWhoSitAtAScreenAndNotTheScreenThatWaits() {
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

                User=1002
                Name=--login
                Type=x11
                Class=user
                """;
        assertThat(LinuxNotices.graphical(shown)).containsExactly(new Graphical("eva", "1000"));
        assertThat(LinuxNotices.graphical("")).isEmpty();
    }

    @Test
    void theTextIsOneArgumentAndNothingElse() {
        assertThat(LinuxNotices.notifySend(new Graphical("eva", "1000"), "-u low; $(reboot) <b>now</b> & here"))
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
