package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.agent.PowerMemory.Answer;
import io.deskwave.agent.PowerMemory.Kind;
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

    private PowerMemory memory() {
        return new PowerMemory(folder.resolve("power-orders.json")); // as after a restart
    }

    private Kind take(UUID order, Instant issuedAt) throws IOException {
        return memory().take(order, issuedAt, NOW).kind();
    }

    @Test
    void whatWasTakenAndNeverActedOnIsNotTakenForDone() throws IOException {
        UUID order = UUID.randomUUID();
        PowerMemory memory = memory();
        assertThat(memory.take(order, NOW, NOW)).isEqualTo(new Answer(Kind.NEW));
        assertThat(memory.take(order, NOW, NOW)).as("it is at it").isEqualTo(new Answer(Kind.TAKEN_BEFORE));
        assertThat(memory().take(order, NOW, NOW)).isEqualTo(new Answer(Kind.TAKEN_BEFORE, PowerMemory.NEVER_ACTED_ON));
    }

    @Test
    void remembersWhatCameOfAnOrder() throws IOException {
        UUID done = UUID.randomUUID();
        UUID refused = UUID.randomUUID();
        PowerMemory memory = memory();
        assertThat(memory.take(done, NOW, NOW).kind()).isEqualTo(Kind.NEW);
        assertThat(memory.take(refused, NOW, NOW).kind()).isEqualTo(Kind.NEW);
        var unused = memory.acted(done, null);
        var unusedToo = memory.acted(refused, "it would not");
        assertThat(memory().take(done, NOW, NOW)).isEqualTo(new Answer(Kind.TAKEN_BEFORE));
        assertThat(memory().take(refused, NOW, NOW)).isEqualTo(new Answer(Kind.TAKEN_BEFORE, "it would not"));
    }

    @Test
    void anOrderThatGivesUsersTimeWaitsOnAfterARestartUntilItBegins() throws IOException {
        UUID order = UUID.randomUUID();
        Instant until = NOW.plusSeconds(60);
        PowerMemory memory = memory();
        assertThat(memory.take(order, NOW, NOW, until)).isEqualTo(new Answer(Kind.NEW, null, until));
        assertThat(memory.take(order, NOW, NOW, until)).isEqualTo(new Answer(Kind.WAITING, null, until));
        PowerMemory restarted = memory();
        Instant later = NOW.plusSeconds(30);
        assertThat(restarted.take(order, NOW, later, later.plusSeconds(60)))
                .as("the time goes on and does not begin anew")
                .isEqualTo(new Answer(Kind.WAITING_ALONE, null, until));
        assertThat(restarted.take(order, NOW, later, until).kind()).isEqualTo(Kind.WAITING);
        var unused = restarted.begins(order);
        assertThat(restarted.take(order, NOW, later, until)).isEqualTo(new Answer(Kind.TAKEN_BEFORE));
        assertThat(memory().take(order, NOW, later, until))
                .as("it ended between the last word and the deed")
                .isEqualTo(new Answer(Kind.TAKEN_BEFORE, PowerMemory.NEVER_ACTED_ON));
        var unusedToo = restarted.acted(order, null);
        assertThat(memory().take(order, NOW, later, until)).isEqualTo(new Answer(Kind.TAKEN_BEFORE));
    }

    @Test
    void remembersOverARestart() throws IOException {
        UUID order = UUID.randomUUID();
        assertThat(take(order, NOW)).isEqualTo(Kind.NEW);
        assertThat(take(order, NOW)).isEqualTo(Kind.TAKEN_BEFORE);
        assertThat(take(UUID.randomUUID(), NOW)).isEqualTo(Kind.NEW);
    }

    @Test
    void whatItHadToForgetIsRefused() throws IOException {
        List<UUID> orders = new ArrayList<>();
        for (int i = 0; i < 201; i++) {
            orders.add(UUID.randomUUID());
            assertThat(take(orders.get(i), NOW.plusSeconds(i))).isEqualTo(Kind.NEW);
        }
        assertThat(take(orders.get(0), NOW)).isEqualTo(Kind.TOO_OLD);
        assertThat(take(orders.get(1), NOW.plusSeconds(1))).isEqualTo(Kind.TAKEN_BEFORE);
    }

    @Test
    void anOrderOfTheDayBeforeIsRefused() throws IOException {
        assertThat(take(UUID.randomUUID(), NOW.minusSeconds(86_401))).isEqualTo(Kind.TOO_OLD);
    }
}
