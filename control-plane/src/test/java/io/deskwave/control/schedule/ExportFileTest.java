package io.deskwave.control.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.Row;
import org.dhatim.fastexcel.reader.Sheet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportFileTest {
    private static final LocalDateTime TIME = LocalDateTime.parse("2026-11-21T20:00:05");

    static byte[] write(ExportFormat format, List<List<@Nullable Object>> rows) throws IOException {
        var out = new ByteArrayOutputStream();
        ExportFile file = format.open(out);
        file.begin("One", List.of("A", "B"));
        file.add(rows);
        file.begin("Two", List.of("C", "D"));
        file.add(List.of());
        file.end();
        return out.toByteArray();
    }

    static List<List<String>> csv(byte[] file) {
        assertThat(file).startsWith(0xEF, 0xBB, 0xBF);
        return CsvReader.builder().ofCsvRecord(new String(file, 3, file.length - 3, StandardCharsets.UTF_8)).stream()
                .map(record -> record.getFields())
                .toList();
    }

    static List<Row> sheet(byte[] file, String name) throws IOException {
        try (var workbook = new ReadableWorkbook(new ByteArrayInputStream(file))) {
            Sheet sheet = workbook.findSheet(name).orElseThrow();
            return sheet.read();
        }
    }

    @Test
    void aWorkbookHasTextsNumbersAndTimesOnItsSheets() throws IOException {
        byte[] file =
                write(ExportFormat.XLSX, List.of(Arrays.asList("桌面 <&>\n\"1\" =1+1", 7), Arrays.asList(TIME, null)));

        List<Row> rows = sheet(file, "One");
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).getCellText(1)).isEqualTo("B");
        assertThat(rows.get(1).getCellText(0)).isEqualTo("桌面 <&>\n\"1\" =1+1");
        assertThat(rows.get(1).getCellAsNumber(1).orElseThrow()).isEqualByComparingTo("7");
        assertThat(rows.get(2).getCellAsDate(0)).contains(TIME);
        assertThat(sheet(file, "Two")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u0001\u0000\u001bx", "\ud800 alone", "\ufffe\uffff", "emoji \ud83d\ude00", "]]>", "_x0041_"})
    void noTextSpoilsAWorkbook(String text) throws IOException {
        byte[] file = write(ExportFormat.XLSX, List.of(Arrays.asList(text, "after")));

        assertThat(sheet(file, "One").get(1).getCellText(1)).isEqualTo("after");
    }

    @Test
    void aTextLongerThanACellIsCut() throws IOException {
        byte[] file = write(ExportFormat.XLSX, List.of(Arrays.asList("x".repeat(40_000), null)));

        assertThat(sheet(file, "One").get(1).getCellText(0)).hasSize(32_767);
    }

    @Test
    void aCsvFileKeepsQuotesAndLines() throws IOException {
        byte[] file =
                write(ExportFormat.CSV, List.of(Arrays.asList("桌面, \"1\"\r\nline", 7), Arrays.asList(TIME, null)));

        assertThat(csv(file))
                .containsExactly(
                        List.of("A", "B"),
                        List.of("桌面, \"1\"\r\nline", "7"),
                        List.of("2026-11-21 20:00:05", ""),
                        List.of("C", "D"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", "＝1", "＋1", "－1", "＠x", "\ufeff=1"
            })
    void aCsvFileHasNoFormulas(String text) throws IOException {
        byte[] file = write(ExportFormat.CSV, List.of(Arrays.asList(text, 1)));

        assertThat(csv(file).get(1).get(0)).startsWith("'").endsWith(text.substring(text.length() - 1));
    }

    @Test
    void aCsvFileHasNoFormulasForThoseWhoSeparateBySemicolons() throws IOException {
        byte[] file = write(ExportFormat.CSV, List.of(Arrays.asList("a;=1+1\n@x", "b-c=d; e")));

        assertThat(csv(file).get(1)).containsExactly("a;'=1+1\n'@x", "b-c=d; e");
    }
}
