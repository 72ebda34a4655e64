package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.Reports.Report;
import io.deskwave.protocol.AgentMessage.Output;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.Protocol;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LinesTest {
    private final Lines lines = new Lines(1);

    @Test
    void aQuietDesktopGoesBeforeThoseThatWriteWithoutPause() {
        for (int desktop = 0; desktop < 200; desktop++) {
            for (int seq = 0; seq < 8; seq++) {
                lines.add(output(id(desktop), seq, Protocol.MAX_OUTPUT_CHUNK_BYTES));
            }
        }
        lines.add(output(id(999), 0, 20));
        assertThat(lines.nextGroup().get(0).report().desktopId()).isEqualTo(id(999));
    }

    @Test
    void theNoisyTakeTurns() {
        for (int desktop = 0; desktop < 10; desktop++) {
            for (int seq = 0; seq < 8; seq++) {
                lines.add(output(id(desktop), seq, Protocol.MAX_OUTPUT_CHUNK_BYTES));
            }
        }
        List<Letter> group = lines.nextGroup();
        group.addAll(lines.nextGroup());
        Map<UUID, Integer> turns = new HashMap<>();
        group.forEach(letter -> turns.merge(letter.report().desktopId(), 1, Integer::sum));
        assertThat(turns).hasSize(10);
    }

    @Test
    void aDesktopsLettersKeepTheirOrderAndNoneIsLost() {
        Map<UUID, Long> next = new HashMap<>();
        long sent = 0;
        for (int round = 0; round < 50; round++) {
            for (int desktop = 0; desktop < 30; desktop++) {
                int size = desktop % 3 == 0 ? 10 : 30_000;
                lines.add(output(id(desktop), round, size));
                sent++;
            }
            if (round % 4 == 0) {
                check(lines.nextGroup(), next);
            }
        }
        while (!lines.isEmpty()) {
            check(lines.nextGroup(), next);
        }
        assertThat(next.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(sent);
    }

    @Test
    void aGroupIsBoundedInLettersAndBytes() {
        for (int desktop = 0; desktop < 5_000; desktop++) {
            lines.add(new Letter(
                    new Report.Started(id(desktop), id(desktop), 1, Instant.EPOCH, "UTF-8"), Promise.promise()));
        }
        for (int desktop = 5_000; desktop < 5_500; desktop++) {
            lines.add(output(id(desktop), 0, Protocol.MAX_OUTPUT_CHUNK_BYTES));
        }
        var sizes = new ArrayList<Integer>();
        while (!lines.isEmpty()) {
            List<Letter> group = lines.nextGroup();
            sizes.add(group.size());
            assertThat(group.stream().mapToInt(Letter::bytes).sum())
                    .isLessThanOrEqualTo(Lines.GROUP_BYTES + 2 * Protocol.MAX_OUTPUT_CHUNK_BYTES);
        }
        assertThat(sizes).allMatch(size -> size > 0 && size <= Lines.GROUP);
    }

    @Test
    void theNoisyAreNotStarvedByTheQuiet() {
        lines.add(output(id(1), 0, Protocol.MAX_OUTPUT_CHUNK_BYTES));
        for (int desktop = 10; desktop < 10_000; desktop++) {
            lines.add(output(id(desktop), 0, 10));
        }
        assertThat(lines.nextGroup())
                .anyMatch(letter -> letter.report().desktopId().equals(id(1)));
    }

    @Test
    void theShareOfEachShrinksWithTheirNumber() {
        int alone = lines.share();
        for (int desktop = 0; desktop < 1_000; desktop++) {
            lines.add(output(id(desktop), 0, 10));
        }
        assertThat(lines.share()).isLessThan(alone).isGreaterThanOrEqualTo(Protocol.MAX_OUTPUT_CHUNK_BYTES);
    }

    private static void check(List<Letter> group, Map<UUID, Long> next) {
        for (Letter letter : group) {
            Output output = ((Report.Printed) letter.report()).output();
            assertThat(output.seq()).isEqualTo(next.getOrDefault(letter.report().desktopId(), 0L));
            next.put(letter.report().desktopId(), output.seq() + 1);
        }
    }

    private static UUID id(int number) {
        return new UUID(1, number);
    }

    private static Letter output(UUID desktopId, long seq, int size) {
        var output = new Output(desktopId, 1, seq, OutputStreamName.STDOUT, seq * size, new byte[size]);
        return new Letter(new Report.Printed(desktopId, output), Promise.promise());
    }
}
