package io.deskwave.control.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutputTextTest {
    private static String decode(String console, byte[] bytes, int chunkSize) {
        var text = new OutputText(console);
        var all = new StringBuilder();
        long expectedOffset = 0;
        for (int at = 0; at < bytes.length; at += chunkSize) {
            var piece = text.next(at, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + chunkSize)));
            assertThat(piece.offset()).isGreaterThanOrEqualTo(expectedOffset).isLessThanOrEqualTo(at);
            expectedOffset = piece.offset();
            all.append(piece.text());
        }
        return all.append(text.rest().text()).toString();
    }

    @Property(tries = 500)
    void chunkBordersChangeNothing(@ForAll String original, @ForAll @IntRange(min = 1, max = 7) int chunkSize) {
        byte[] utf8 = original.getBytes(StandardCharsets.UTF_8);
        String wellFormed = new String(utf8, StandardCharsets.UTF_8);
        assertThat(decode("UTF-8", utf8, chunkSize)).isEqualTo(wellFormed);
        assertThat(decode("GBK", utf8, chunkSize)).isEqualTo(wellFormed);
    }

    @Property(tries = 500)
    void anyBytesBecomeTextOfSomeKind(@ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 5) int chunkSize) {
        assertThat(decode("UTF-8", bytes, chunkSize)).isEqualTo(decode("UTF-8", bytes, Math.max(1, bytes.length)));
        assertThat(decode("GBK", bytes, chunkSize)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"GBK, 中文输出", "IBM850, Größe", "windows-1252, déjà vu"})
    void fallsBackToTheConsolePage(String charset, String original) {
        byte[] bytes = ("plain, then " + original + "\n").getBytes(Charset.forName(charset));
        for (int chunkSize = 1; chunkSize < 5; chunkSize++) {
            assertThat(decode(charset, bytes, chunkSize)).isEqualTo("plain, then " + original + "\n");
        }
    }

    @Test
    void invalidBytesInUtf8AreMarkedAndTheRestIsKept() {
        assertThat(decode("UTF-8", new byte[] {'a', (byte) 0xff, 'b', (byte) 0xc3}, 1))
                .isEqualTo("a\uFFFDb\uFFFD");
    }

    @Test
    void aCharacterSplitBetweenChunksStandsWhereItBegan() {
        var text = new OutputText("UTF-8");
        byte[] utf8 = "xé".getBytes(StandardCharsets.UTF_8);
        assertThat(text.next(0, new byte[] {utf8[0], utf8[1]})).isEqualTo(new OutputText.Piece(0, "x"));
        assertThat(text.next(2, new byte[] {utf8[2]})).isEqualTo(new OutputText.Piece(1, "é"));
    }

    @Test
    void anUnknownPageCountsAsUtf8() {
        assertThat(decode("no such page", "é".getBytes(StandardCharsets.UTF_8), 1))
                .isEqualTo("é");
    }
}
