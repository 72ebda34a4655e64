-- Without a transaction: nobody waits for it. Broken off, it is begun again from its start by the next node that starts.

UPDATE execution_task_scripts s SET in_trouble = true
FROM execution_tasks t WHERE t.id = s.task_id AND t.failed_num + t.skip_num > 0 AND NOT s.in_trouble;

DROP INDEX CONCURRENTLY IF EXISTS execution_task_scripts_in_trouble;
CREATE INDEX CONCURRENTLY execution_task_scripts_in_trouble ON execution_task_scripts (queue_no DESC, script_index)
    INCLUDE (script_id, version_no, task_id) WHERE in_trouble;

-- What failed in gray batches. A close with SUCCESS changes neither column.
DROP INDEX CONCURRENTLY IF EXISTS execution_records_gray_in_trouble;
CREATE INDEX CONCURRENTLY execution_records_gray_in_trouble
    ON execution_records (project_id, trouble, queue_no DESC, script_index, desktop_name, id)
    WHERE trouble IS NOT NULL AND batch = 1;

-- With their times, so that those who ask which of them reach into a span of time fetch none.
DROP INDEX CONCURRENTLY IF EXISTS execution_tasks_long_times;
CREATE INDEX CONCURRENTLY execution_tasks_long_times ON execution_tasks (project_id, queue_no DESC)
    INCLUDE (created_at, end_time) WHERE end_time IS NULL OR end_time - created_at > interval '1 hour';

-- What a walk over another index asks of each task that it meets, by a number that is compared quickly.
DROP INDEX CONCURRENTLY IF EXISTS execution_tasks_by_number;
CREATE INDEX CONCURRENTLY execution_tasks_by_number ON execution_tasks (queue_no DESC)
    INCLUDE (status, task_type, resource_group_type);
