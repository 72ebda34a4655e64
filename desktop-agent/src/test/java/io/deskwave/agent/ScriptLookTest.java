package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class ScriptLookTest {
    private static final JournalEntry.Order ORDER = new JournalEntry.Order(ScriptType.SHELL, 60, 1000);

    private static ScriptLook look(boolean alive, int seconds, boolean overCap) {
        var sizes = new OutputSpool.Sizes(0, 0, OutputStreamName.STDOUT);
        return new ScriptLook(sizes, OptionalInt.empty(), alive, Duration.ofSeconds(seconds), overCap);
    }

    @Test
    void goesOnUntilTheTimeIsUpOrSomebodyStopsIt() {
        assertThat(look(true, 59, false).ending(ORDER, false)).isEmpty();
        assertThat(look(true, 60, false).ending(ORDER, false))
                .hasValue(new ScriptLook.Ending(ResultCode.TIMED_OUT, "ended after 60 s"));
        assertThat(look(true, 60, false).ending(ORDER, true))
                .hasValueSatisfying(ending -> assertThat(ending.code()).isEqualTo(ResultCode.STOPPED));
        assertThat(look(true, 0, true).ending(ORDER, false))
                .hasValueSatisfying(ending -> assertThat(ending.why()).contains("fills the disk"));
        assertThat(look(false, 0, false).ending(ORDER, true))
                .hasValueSatisfying(ending -> assertThat(ending.code()).isEqualTo(ResultCode.INTERRUPTED));
    }

    @Test
    void countsFromTheProcessesOwnStartWhateverTheWallClockSays() {
        long pid = ProcessHandle.current().pid();
        long mark = ProcessTable.find(pid).orElseThrow().startTicks();
        Duration wallSaysAnHour =
                new RunClock().elapsed(new JournalEntry.Birth(Instant.now().minusSeconds(3600), pid, mark));
        Duration wallSaysLater =
                new RunClock().elapsed(new JournalEntry.Birth(Instant.now().plusSeconds(3600), pid, mark));
        assertThat(wallSaysAnHour).isBetween(Duration.ZERO, Duration.ofMinutes(30));
        assertThat(wallSaysLater).isBetween(wallSaysAnHour, wallSaysAnHour.plusSeconds(5));
    }
}
