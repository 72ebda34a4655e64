package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.agent.SnapshotMemory.Answer;
import io.deskwave.protocol.AgentMessage.SnapshotNews.Phase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SnapshotMemoryTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path folder;

    private SnapshotMemory memory() {
        return new SnapshotMemory(folder.resolve("snapshots.json")); // as after a restart
    }

    @Test
    void answersWithHowItStands() throws IOException {
        UUID order = UUID.randomUUID();
        SnapshotMemory memory = memory();
        assertThat(memory.take(order, NOW, NOW)).isEqualTo(new Answer(true, Phase.TAKEN, ""));
        assertThat(memory.take(order, NOW, NOW)).as("it is at it").isEqualTo(new Answer(false, Phase.TAKEN, ""));
        assertThat(memory().take(order, NOW, NOW))
                .as("of what was begun before a restart nobody knows, and it is not begun again")
                .isEqualTo(new Answer(false, Phase.FAILED, SnapshotMemory.NOBODY_KNOWS));
        var unused = memory.ended(order, Phase.DONE, "snapshot 5");
        assertThat(memory().take(order, NOW, NOW)).isEqualTo(new Answer(false, Phase.DONE, "snapshot 5"));
    }

    @Test
    void whatItHadToForgetOrIsADayOldIsRefused() throws IOException {
        UUID first = UUID.randomUUID();
        assertThat(memory().take(first, NOW, NOW).isNew()).isTrue();
        for (int i = 1; i <= 100; i++) {
            assertThat(memory().take(UUID.randomUUID(), NOW.plusSeconds(i), NOW).isNew())
                    .isTrue();
        }
        assertThat(memory().take(first, NOW, NOW).phase()).isEqualTo(Phase.FAILED);
        assertThat(memory().take(UUID.randomUUID(), NOW.minusSeconds(86_401), NOW)
                        .text())
                .contains("older than the agent can remember");
    }
}
