package io.deskwave.control.schedule;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;

/** What a file can be exported as. */
enum ExportFormat {
    XLSX("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") {
        @Override
        ExportFile open(OutputStream out) {
            return new XlsxFile(out);
        }
    },
    CSV("text/csv; charset=utf-8") {
        @Override
        ExportFile open(OutputStream out) throws IOException {
            return new CsvFile(out);
        }
    };

    private final String contentType;

    ExportFormat(String contentType) {
        this.contentType = contentType;
    }

    abstract ExportFile open(OutputStream out) throws IOException;

    String contentType() {
        return contentType;
    }

    List<ExportSheet> sheets() {
        return this == CSV ? List.of(ExportSheet.ALL) : List.of(ExportSheet.RECORDS, ExportSheet.DETAILS);
    }

    /** What file names end with. */
    String extension() {
        return "." + name().toLowerCase(Locale.ROOT);
    }
}
