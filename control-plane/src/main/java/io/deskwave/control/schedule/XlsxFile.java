package io.deskwave.control.schedule;

import java.io.IOException;
import java.io.OutputStream;
import java.time.LocalDateTime;
import java.util.List;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.jspecify.annotations.Nullable;

/** Tables as the sheets of a workbook. Texts stand in the cells themselves: what is shared would stay in memory. */
final class XlsxFile implements ExportFile {
    private static final int LONGEST_TEXT = 32_767;
    private static final int WIDTH = 22;
    private static final String TIME = "yyyy-mm-dd hh:mm:ss";

    private final Workbook workbook;
    private @Nullable Worksheet sheet;
    private int rows;

    XlsxFile(OutputStream out) {
        this.workbook = new Workbook(out, "Deskwave", "1.0");
    }

    @Override
    public void begin(String name, List<String> headings) throws IOException {
        if (sheet != null) {
            sheet.finish();
        }
        Worksheet begun = workbook.newWorksheet(name);
        for (int column = 0; column < headings.size(); column++) {
            begun.width(column, WIDTH);
            begun.inlineString(0, column, headings.get(column));
            begun.style(0, column).bold().set();
        }
        begun.freezePane(0, 1);
        sheet = begun;
        rows = 1;
    }

    @Override
    public void add(List<List<@Nullable Object>> added) throws IOException {
        if (sheet == null) {
            throw new IllegalStateException("no sheet was begun");
        }
        for (List<@Nullable Object> row : added) {
            for (int column = 0; column < row.size(); column++) {
                put(sheet, column, row.get(column));
            }
            rows++;
        }
        sheet.flush();
    }

    private void put(Worksheet to, int column, @Nullable Object cell) {
        if (cell instanceof Number number) {
            to.value(rows, column, number);
        } else if (cell instanceof LocalDateTime time) {
            to.value(rows, column, time);
            to.style(rows, column).format(TIME).set();
        } else if (cell != null) {
            String text = cell.toString();
            to.inlineString(rows, column, text.substring(0, Math.min(text.length(), LONGEST_TEXT)));
        }
    }

    @Override
    public void end() throws IOException {
        workbook.finish();
        workbook.close();
    }
}
