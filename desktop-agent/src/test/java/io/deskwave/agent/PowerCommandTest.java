package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.PowerAction;
import org.junit.jupiter.api.Test;

final class PowerCommandTest {
    @Test
    void aForcedActionWaitsForNobody() {
        assertThat(PowerCommand.systemd(PowerAction.STOP, true)).containsExactly("systemctl", "poweroff", "--force");
        assertThat(PowerCommand.systemd(PowerAction.REBOOT, false)).containsExactly("systemctl", "reboot");
        assertThat(PowerCommand.windows(PowerAction.STOP, true)).containsExactly("shutdown", "/s", "/t", "0", "/f");
        assertThat(PowerCommand.windows(PowerAction.HIBERNATE, false)).containsExactly("shutdown", "/h");
    }
}
