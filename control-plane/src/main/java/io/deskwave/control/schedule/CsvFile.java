package io.deskwave.control.schedule;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One table as CSV for spreadsheets: UTF-8 with a byte order mark, and no text that a spreadsheet takes for a formula. Other
 * people choose the names of desktops and what scripts complain about.
 */
final class CsvFile implements ExportFile {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    /**
     * Where a cell begins with what begins a formula. Where a list is separated by semicolons or tabs, a spreadsheet begins
     * cells at those as well, since it does not see that the whole is in quotes.
     */
    private static final Pattern FORMULA = Pattern.compile(
            "(^|[;\\t\\r\\n])(?=[\\s\\p{Z}\\x{FEFF}]*[=+\\-@\\x{FF1D}\\x{FF0B}\\x{FF0D}\\x{FF20}])|^(?=[\\t\\r\\n])");

    private final CsvWriter writer;

    CsvFile(OutputStream out) throws IOException {
        out.write(BYTE_ORDER_MARK);
        this.writer = CsvWriter.builder().lineDelimiter(LineDelimiter.CRLF).build(out, StandardCharsets.UTF_8);
    }

    @Override
    public void begin(String name, List<String> headings) {
        writer.writeRecord(headings);
    }

    @Override
    public void add(List<List<@Nullable Object>> rows) throws IOException {
        for (List<@Nullable Object> row : rows) {
            writer.writeRecord(row.stream().map(CsvFile::text).toList());
        }
        writer.flush();
    }

    @Override
    public void end() throws IOException {
        writer.close();
    }

    private static String text(@Nullable Object cell) {
        if (cell == null) {
            return "";
        }
        return cell instanceof LocalDateTime time
                ? LocalTimes.text(time)
                : cell instanceof Number ? cell.toString() : harmless(cell.toString());
    }

    static String harmless(String text) {
        return FORMULA.matcher(text).replaceAll("$1'");
    }
}
