package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.agent.PowerMemory.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PowerMemoryTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path folder;

    private Answer take(UUID order, Instant issuedAt) throws IOException {
        return new PowerMemory(folder.resolve("power-orders.json")).take(order, issuedAt, NOW); // as after a restart
    }

    @Test
    void remembersOverARestart() throws IOException {
        UUID order = UUID.randomUUID();
        assertThat(take(order, NOW)).isEqualTo(Answer.NEW);
        assertThat(take(order, NOW)).isEqualTo(Answer.TAKEN_BEFORE);
        assertThat(take(UUID.randomUUID(), NOW)).isEqualTo(Answer.NEW);
    }

    @Test
    void whatItHadToForgetIsRefused() throws IOException {
        List<UUID> orders = new ArrayList<>();
        for (int i = 0; i < 201; i++) {
            orders.add(UUID.randomUUID());
            assertThat(take(orders.get(i), NOW.plusSeconds(i))).isEqualTo(Answer.NEW);
        }
        assertThat(take(orders.get(0), NOW)).isEqualTo(Answer.TOO_OLD);
        assertThat(take(orders.get(1), NOW.plusSeconds(1))).isEqualTo(Answer.TAKEN_BEFORE);
    }

    @Test
    void anOrderOfTheDayBeforeIsRefused() throws IOException {
        assertThat(take(UUID.randomUUID(), NOW.minusSeconds(86_401))).isEqualTo(Answer.TOO_OLD);
    }
}
