package io.deskwave.control.schedule;

import com.google.errorprone.annotations.Immutable;
import io.deskwave.control.schedule.FiringStore.OnDesktop;
import org.jspecify.annotations.Nullable;

/** A column of an exported file: its headings, and what stands in it. */
enum ExportColumn {
    START_TIME("Start time", "开始时间", true, line -> line.local(line.firing().startTime())),
    UTC_OFFSET("UTC offset", "UTC 偏移", ExportLine::offset),
    STATUS("Status", "状态", line -> line.firing().status()),
    SUCCEEDED("Succeeded", "成功数", line -> line.firing().successNum()),
    FAILED("Failed", "失败数", line -> line.firing().failedNum()),
    SKIPPED("Skipped", "跳过数", line -> line.firing().skipNum()),
    REASON("Reason", "原因", line -> line.firing().reason()),
    TASK_TYPE("Task type", "任务类型", line -> requested(line, "task_type")),
    SCHEDULED_TYPE("Schedule type", "周期类型", line -> requested(line, "scheduled_type")),
    LIFE_CYCLE_TYPE("Trigger", "触发类型", line -> requested(line, "life_cycle_type")),
    EXECUTE_TASK_ID("Execution task ID", "执行任务 ID", line -> line.firing().executionTaskId()),
    RECORD_ID("Record ID", "记录 ID", line -> line.firing().id()),
    DESKTOP_NAME("Desktop", "桌面名称", ofDesktop((line, row) -> row.desktopName())),
    DESKTOP_STATUS("Desktop status", "桌面执行状态", ofDesktop((line, row) -> row.status())),
    RESULT_CODE("Result code", "结果码", ofDesktop((line, row) -> row.resultCode())),
    FAIL_REASON("Desktop reason", "桌面失败或跳过原因", ofDesktop((line, row) -> row.reason())),
    DESKTOP_START("Desktop start time", "桌面开始时间", true, ofDesktop((line, row) -> line.local(row.startTime()))),
    DESKTOP_END("Desktop end time", "桌面结束时间", true, ofDesktop((line, row) -> line.local(row.endTime()))),
    SCRIPT_ID("Script ID", "脚本 ID", ofDesktop((line, row) -> row.scriptId())),
    DESKTOP_ID("Desktop ID", "桌面 ID", ofDesktop((line, row) -> row.desktopId()));

    private final String english;
    private final String chinese;
    private final boolean isTime;
    private final Value value;

    @Immutable
    private interface Value {
        @Nullable
        Object of(ExportLine line);
    }

    @Immutable
    private interface OfDesktop {
        @Nullable
        Object value(ExportLine line, OnDesktop row);
    }

    ExportColumn(String english, String chinese, Value value) {
        this(english, chinese, false, value);
    }

    ExportColumn(String english, String chinese, boolean isTime, Value value) {
        this.english = english;
        this.chinese = chinese;
        this.isTime = isTime;
        this.value = value;
    }

    private static Value ofDesktop(OfDesktop of) {
        return line -> {
            OnDesktop row = line.onDesktop();
            return row == null ? null : of.value(line, row);
        };
    }

    private static @Nullable Object requested(ExportLine line, String name) {
        return line.firing().request().getValue(name);
    }

    /** Times have no offset of their own, so the heading names the zone. */
    String heading(ExportSpec spec) {
        String text =
                switch (spec.language()) {
                    case EN_US -> english;
                    case ZH_CN -> chinese;
                };
        return isTime ? text + " (" + spec.zone().getId() + ")" : text;
    }

    @Nullable
    Object value(ExportLine line) {
        return value.of(line);
    }
}
