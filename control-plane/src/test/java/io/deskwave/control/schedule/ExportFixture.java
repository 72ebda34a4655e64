package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.desktop.DesktopFixture;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;

/** Scheduled tasks that fired, as rows. */
final class ExportFixture {
    private final DesktopFixture rows;

    ExportFixture(DesktopFixture rows) {
        this.rows = rows;
    }

    /** A power action with a job that has no pieces yet; the job's id is the firing's. */
    @CanIgnoreReturnValue
    UUID firing(String taskId, Instant plannedAt, String status, String reason) {
        UUID id = UUID.randomUUID();
        var at = plannedAt.atOffset(ZoneOffset.UTC);
        rows.execute(
                "INSERT INTO jobs (id, project_id, job_type, status, end_time) VALUES ($1, $2, 'test', 'SUCCESS', now())",
                id,
                PROJECT);
        rows.execute(
                """
                INSERT INTO scheduled_task_firings (id, task_id, planned_at, request, status, success_num, failed_num,
                                                    skip_num, start_time, end_time, reason, job_id)
                SELECT $1, id, $3, request, $4::text, 2, 1, 0, $3, CASE WHEN $4 <> 'RUNNING' THEN $3 END, $5, $1
                FROM scheduled_tasks WHERE id = $2""",
                id,
                UUID.fromString(taskId),
                at,
                status,
                reason);
        return id;
    }

    void onDesktop(UUID firing, UUID desktop, String name, String status, String code, String reason) {
        rows.execute(
                """
                INSERT INTO sub_jobs (job_id, project_id, job_type, desktop_id, desktop_name, status, begin_time, end_time,
                                      error_code, reason)
                SELECT id, project_id, job_type, $2, $3, $4, '2026-11-21T10:00:01Z', '2026-11-21T10:00:59Z', nullif($5, ''), $6
                FROM jobs WHERE id = $1""",
                firing,
                desktop,
                name,
                status,
                code,
                reason);
    }

    void onDesktops(UUID firing, UUID desktop, int count) {
        rows.execute(
                """
                INSERT INTO sub_jobs (job_id, project_id, job_type, desktop_id, desktop_name, status, begin_time, end_time,
                                      reason)
                SELECT id, project_id, job_type, $2, 'pc-' || lpad(n::text, 6, '0'), 'SUCCESS', now(), now(),
                       md5(n::text) || md5((n + 1)::text)
                FROM jobs, generate_series(1, $3::int) n WHERE id = $1""",
                firing,
                desktop,
                count);
    }

    /** Of a script task: two scripts on one desktop. */
    UUID scripts(String taskId, Instant plannedAt, UUID desktop, String script) {
        UUID id = UUID.randomUUID();
        rows.execute(
                """
                INSERT INTO execution_tasks (id, project_id, task_type, resource_ids, start_timeout, execution_timeout, gate,
                                             total, created_by, created_at)
                VALUES ($1, $2, 'SCRIPT', '{}', 10, 1, 'NONE', 2, 'test', now())""",
                id,
                PROJECT);
        for (int index = 0; index < 2; index++) {
            rows.execute(
                    "INSERT INTO execution_task_scripts (task_id, script_index, script_id, version_no) VALUES ($1, $2, $3, 1)",
                    id,
                    index,
                    UUID.fromString(script));
            rows.execute(
                    """
                    INSERT INTO execution_records (id, task_id, project_id, queue_no, desktop_id, desktop_name, script_index,
                                                   batch, status, result_code, reason, end_time)
                    VALUES (gen_random_uuid(), $1, $2, 1, $3, 'pc-1', $4, 0, $5, $6, $7, now())""",
                    id,
                    PROJECT,
                    desktop,
                    index,
                    index == 0 ? "FAILED" : "SKIP",
                    index == 0 ? "EXITED" : "PREVIOUS_FAILED",
                    "=cmd|' /C calc'!A0");
        }
        rows.execute(
                """
                INSERT INTO scheduled_task_firings (task_id, planned_at, request, status, failed_num, skip_num, start_time,
                                                    end_time, execution_task_id)
                SELECT id, $2, request, 'FAIL', 1, 1, $2, $2, $3 FROM scheduled_tasks WHERE id = $1""",
                UUID.fromString(taskId),
                plannedAt.atOffset(ZoneOffset.UTC),
                id);
        return id;
    }
}
