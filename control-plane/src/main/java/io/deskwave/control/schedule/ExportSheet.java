package io.deskwave.control.schedule;

import static io.deskwave.control.schedule.ExportColumn.DESKTOP_END;
import static io.deskwave.control.schedule.ExportColumn.DESKTOP_ID;
import static io.deskwave.control.schedule.ExportColumn.DESKTOP_NAME;
import static io.deskwave.control.schedule.ExportColumn.DESKTOP_START;
import static io.deskwave.control.schedule.ExportColumn.DESKTOP_STATUS;
import static io.deskwave.control.schedule.ExportColumn.EXECUTE_TASK_ID;
import static io.deskwave.control.schedule.ExportColumn.FAILED;
import static io.deskwave.control.schedule.ExportColumn.FAIL_REASON;
import static io.deskwave.control.schedule.ExportColumn.LIFE_CYCLE_TYPE;
import static io.deskwave.control.schedule.ExportColumn.REASON;
import static io.deskwave.control.schedule.ExportColumn.RECORD_ID;
import static io.deskwave.control.schedule.ExportColumn.RESULT_CODE;
import static io.deskwave.control.schedule.ExportColumn.SCHEDULED_TYPE;
import static io.deskwave.control.schedule.ExportColumn.SCRIPT_ID;
import static io.deskwave.control.schedule.ExportColumn.SKIPPED;
import static io.deskwave.control.schedule.ExportColumn.START_TIME;
import static io.deskwave.control.schedule.ExportColumn.STATUS;
import static io.deskwave.control.schedule.ExportColumn.SUCCEEDED;
import static io.deskwave.control.schedule.ExportColumn.TASK_TYPE;
import static io.deskwave.control.schedule.ExportColumn.UTC_OFFSET;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table of an exported file. */
enum ExportSheet {
    /** One row for each firing. */
    RECORDS("Records", "执行记录"),
    /** One row for each desktop of each firing, or for each script on it. */
    DETAILS("Details", "执行详情"),
    /** Both in one: the same as the details, and one row for each firing that has none. */
    ALL("Records", "执行记录");

    private static final List<ExportColumn> OF_RECORDS = List.of(
            START_TIME,
            UTC_OFFSET,
            STATUS,
            SUCCEEDED,
            FAILED,
            SKIPPED,
            REASON,
            TASK_TYPE,
            SCHEDULED_TYPE,
            LIFE_CYCLE_TYPE,
            EXECUTE_TASK_ID,
            RECORD_ID);
    private static final List<ExportColumn> OF_DETAILS = List.of(
            START_TIME,
            UTC_OFFSET,
            DESKTOP_NAME,
            DESKTOP_STATUS,
            RESULT_CODE,
            FAIL_REASON,
            DESKTOP_START,
            DESKTOP_END,
            SCRIPT_ID,
            DESKTOP_ID,
            RECORD_ID);

    private final String english;
    private final String chinese;

    ExportSheet(String english, String chinese) {
        this.english = english;
        this.chinese = chinese;
    }

    boolean hasDesktops() {
        return this != RECORDS;
    }

    boolean hasFiringsWithoutDesktops() {
        return this != DETAILS;
    }

    String title(ExportLanguage language) {
        return switch (language) {
            case EN_US -> english;
            case ZH_CN -> chinese;
        };
    }

    List<String> headings(ExportSpec spec) {
        return columns().stream().map(column -> column.heading(spec)).toList();
    }

    List<@Nullable Object> cells(ExportLine line) {
        List<@Nullable Object> cells = new ArrayList<>();
        columns().forEach(column -> cells.add(column.value(line)));
        return cells;
    }

    private List<ExportColumn> columns() {
        return switch (this) {
            case RECORDS -> OF_RECORDS;
            case DETAILS -> OF_DETAILS;
            case ALL -> List.of(ExportColumn.values());
        };
    }
}
