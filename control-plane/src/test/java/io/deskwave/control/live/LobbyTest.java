package io.deskwave.control.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LobbyTest {
    @Test
    void hasSoManyPlacesAndEachIsGivenBackOnce() {
        var lobby = new Lobby(2);
        Runnable leave = lobby.enter().orElseThrow();
        assertThat(lobby.enter()).isPresent();
        assertThat(lobby.enter()).isEmpty();

        leave.run();
        leave.run();

        assertThat(lobby.enter()).isPresent();
        assertThat(lobby.enter()).isEmpty();
    }
}
