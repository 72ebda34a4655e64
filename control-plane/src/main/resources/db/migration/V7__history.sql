-- Lists stay fast as history grows, and history ends.
--
-- Every list of tasks and records is in the order of queue_no DESC, and an index for each filter delivers that order. The
-- indexes of execution_records hold nothing that a claim, a start or a close with SUCCESS changes, so that those updates
-- stay within their page (HOT).

-- FAILED or SKIP, and null for all others: a close with SUCCESS leaves it as it is.
ALTER TABLE execution_records ADD COLUMN trouble text
    GENERATED ALWAYS AS (CASE WHEN status IN ('FAILED', 'SKIP') THEN status END) STORED;

DROP INDEX IF EXISTS execution_records_of_project;
-- A queue number belongs to one task, and so to one project.
CREATE INDEX execution_records_in_order ON execution_records (queue_no DESC, script_index, desktop_name, id);
CREATE INDEX execution_records_in_trouble
    ON execution_records (project_id, trouble, queue_no DESC, script_index, desktop_name, id) WHERE trouble IS NOT NULL;
CREATE INDEX execution_records_gray
    ON execution_records (project_id, queue_no DESC, script_index, desktop_name, id) WHERE batch = 1;

ALTER TABLE execution_task_scripts ADD COLUMN queue_no bigint;
UPDATE execution_task_scripts s SET queue_no = t.queue_no FROM execution_tasks t WHERE t.id = s.task_id;
DROP INDEX IF EXISTS execution_task_scripts_of_script;
CREATE INDEX execution_task_scripts_of_script ON execution_task_scripts (script_id, queue_no DESC, script_index);
CREATE INDEX execution_task_scripts_in_order ON execution_task_scripts (queue_no DESC, script_index);
CREATE INDEX script_versions_names ON script_versions (script_id, version_no, name);

-- With the id, so that a walk over ten thousand tasks need not fetch them.
DROP INDEX IF EXISTS execution_tasks_of_project;
CREATE INDEX execution_tasks_of_project ON execution_tasks (project_id, queue_no DESC) INCLUDE (id);
DROP INDEX IF EXISTS execution_tasks_of_group;
CREATE INDEX execution_tasks_of_group ON execution_tasks (resource_group_id, queue_no DESC)
    INCLUDE (id, project_id, resource_group_type) WHERE resource_group_id IS NOT NULL;
CREATE INDEX execution_tasks_of_status ON execution_tasks (project_id, status, queue_no DESC) INCLUDE (id);
CREATE INDEX execution_tasks_of_type ON execution_tasks (project_id, task_type, queue_no DESC) INCLUDE (id);
CREATE INDEX execution_tasks_of_group_type ON execution_tasks (project_id, resource_group_type, queue_no DESC) INCLUDE (id)
    WHERE resource_group_type IS NOT NULL;
CREATE INDEX execution_tasks_created ON execution_tasks (project_id, created_at, queue_no);
-- Those that reach into a time long after they were made: a list of what was executed after an instant asks for them.
CREATE INDEX execution_tasks_long ON execution_tasks (project_id, queue_no DESC)
    WHERE end_time IS NULL OR end_time - created_at > interval '1 hour';

-- Totals of what is there, for filters that no execution changes. Whoever inserts or deletes tasks adds rows, so that
-- nobody waits for anybody; they are added up in the background.
CREATE TABLE execution_totals (
    project_id          text NOT NULL REFERENCES projects,
    task_type           text NOT NULL,
    resource_group_type text,
    resource_group_id   text,
    tasks               bigint NOT NULL,
    records             bigint NOT NULL,
    gray_records        bigint NOT NULL
);
CREATE INDEX execution_totals_of_project ON execution_totals (project_id);

INSERT INTO execution_totals
SELECT project_id, task_type, resource_group_type, resource_group_id, count(*), sum(total), sum(gray_total)
FROM execution_tasks GROUP BY 1, 2, 3, 4;

CREATE FUNCTION add_execution_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO execution_totals
    SELECT project_id, task_type, resource_group_type, resource_group_id,
           TG_ARGV[0]::int * count(*), TG_ARGV[0]::int * sum(total), TG_ARGV[0]::int * sum(gray_total)
    FROM changed GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
CREATE TRIGGER execution_tasks_inserted AFTER INSERT ON execution_tasks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION add_execution_totals('1');
CREATE TRIGGER execution_tasks_deleted AFTER DELETE ON execution_tasks REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION add_execution_totals('-1');

-- Retention. A task's output counts from the end of the task; a retry makes it new (see InterventionStore).
ALTER TABLE execution_tasks ADD COLUMN output_bytes bigint;
ALTER TABLE execution_tasks ADD COLUMN output_removed_at timestamptz;
CREATE INDEX execution_tasks_ended ON execution_tasks (end_time) WHERE end_time IS NOT NULL;
CREATE INDEX execution_tasks_with_output ON execution_tasks (end_time) INCLUDE (output_bytes)
    WHERE end_time IS NOT NULL AND output_removed_at IS NULL;
-- Set before the chunks go: a reader who finds it after reading knows that something may have been missing.
ALTER TABLE record_outputs ADD COLUMN removed_at timestamptz;
