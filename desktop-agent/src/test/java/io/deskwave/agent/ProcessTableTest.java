package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProcessTableTest {
    @Test
    void readsANameWithBlanksAndParentheses() {
        var row = ProcessTable.parse("42 (a) b (c)) S 7 42 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1 1\n");
        assertThat(row).isEqualTo(new ProcessTable.Row(42, "a) b (c)", 'S', 7, 41, 987654));
    }

    @Test
    void findsItself() {
        assertThat(ProcessTable.find(ProcessHandle.current().pid())).isPresent();
        assertThat(ProcessTable.alive())
                .anyMatch(row -> row.pid() == ProcessHandle.current().pid());
    }
}
