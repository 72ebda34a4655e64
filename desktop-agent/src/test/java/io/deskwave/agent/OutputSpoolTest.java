package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.OutputStreamName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
final class OutputSpoolTest {
    private static final int MIB = 1024 * 1024;

    @TempDir
    private Path folder;

    @Test
    void givesBackWhatWillNeverBeSentWhileTheFileGrows() throws Exception {
        var run = new RunFolder(folder);
        Path out = run.output(OutputStreamName.STDOUT);
        var bytes = new byte[32 * MIB];
        Arrays.fill(bytes, (byte) 'x');
        Files.write(out, bytes);
        Files.createFile(run.output(OutputStreamName.STDERR));
        var spool = new OutputSpool(run);
        OutputSpool.Sizes sizes = spool.sizes();
        spool.punchBehind(new JournalEntry.HeadEnd(MIB, 0), MIB, sizes);
        assertThat(spool.isOver(1, sizes)).isFalse();
        assertThat(Files.size(out)).isEqualTo(32 * MIB);
        assertThat(diskUse(out)).isLessThan(3 * MIB);
        byte[][] read = spool.read(List.of(
                new OutputCursor.Range(OutputStreamName.STDOUT, MIB - 4, 4),
                new OutputCursor.Range(OutputStreamName.STDOUT, 31 * MIB, 4)));
        assertThat(read[0]).containsOnly('x');
        assertThat(read[1]).containsOnly('x');
    }

    static long diskUse(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }
}
