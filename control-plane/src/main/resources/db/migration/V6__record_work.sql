-- What changes while a record is under way moves into a queue of its own, so that the many rows of the past keep few
-- indexes: a row here lives until its record has ended and its desktop is free. An update of execution_records touches no
-- index then, which makes it several times cheaper; for that, no index of it may hold, as key or in a predicate, what a
-- claim, a start or an end with SUCCESS changes, and half of each page is left for the new version of its rows.
--
-- Locks: as before the task first, then its rows here, never those of execution_records. The claim locks rows here only.

-- What another node commits while this runs would be copied in part.
LOCK TABLE execution_tasks, execution_records IN ACCESS EXCLUSIVE MODE;

CREATE TABLE record_work (
    record_id         uuid PRIMARY KEY,
    task_id           uuid NOT NULL,
    desktop_id        uuid NOT NULL,
    queue_no          bigint NOT NULL,
    script_index      integer NOT NULL,
    batch             smallint NOT NULL,
    -- Whether the batch was released.
    open              boolean NOT NULL,
    -- The desktop is taken by this record: from its claim until it and its last step have ended.
    busy              boolean NOT NULL DEFAULT false,
    -- Of the last claim.
    attempt           integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    claimed_at        timestamptz,
    -- Of the wait and then of the run; none once the record has ended.
    deadline          timestamptz,
    stop_requested_at timestamptz,
    -- The boot in which a reboot was ordered: another one proves it.
    step_boot_id      text,
    -- The record has ended, and the step after it has not.
    step_deadline     timestamptz,
    CHECK (NOT busy OR (attempt > 0 AND claimed_at IS NOT NULL)),
    -- Nothing that is released waits without an end.
    CHECK (NOT open OR deadline IS NOT NULL OR step_deadline IS NOT NULL)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);

INSERT INTO record_work (record_id, task_id, desktop_id, queue_no, script_index, batch, open, busy, attempt, claimed_at,
                         deadline, stop_requested_at, step_boot_id, step_deadline)
SELECT id, task_id, desktop_id, queue_no, script_index, batch, open, busy, attempt, claimed_at,
       CASE WHEN status IN ('WAITING', 'RUNNING') THEN deadline END, stop_requested_at, step_boot_id,
       CASE WHEN status NOT IN ('WAITING', 'RUNNING') THEN coalesce(step_deadline, now()) END
FROM execution_records
WHERE status IN ('WAITING', 'RUNNING') OR busy;

CREATE UNIQUE INDEX record_work_one_at_a_time ON record_work (desktop_id) WHERE busy;
CREATE INDEX record_work_claimable ON record_work (desktop_id, queue_no, script_index) WHERE open AND NOT busy;
-- The few whose agents have something else to be told than a new script.
CREATE INDEX record_work_attention ON record_work (desktop_id)
    WHERE stop_requested_at IS NOT NULL OR step_deadline IS NOT NULL;

ALTER TABLE execution_records
    DROP COLUMN open, DROP COLUMN busy, DROP COLUMN deadline, DROP COLUMN claimed_at, DROP COLUMN stop_requested_at,
    DROP COLUMN step_boot_id, DROP COLUMN step_deadline,
    -- The project is the task's.
    DROP CONSTRAINT execution_records_project_id_fkey,
    DROP CONSTRAINT execution_records_task_id_desktop_id_script_index_key,
    ADD CHECK (status <> 'RUNNING' OR (attempt > 0 AND start_time IS NOT NULL)),
    SET (fillfactor = 50);
DROP INDEX execution_records_of_desktop, execution_records_story;
CREATE UNIQUE INDEX execution_records_of_desktop ON execution_records (desktop_id, queue_no DESC, script_index);
CREATE INDEX execution_records_of_task ON execution_records (task_id, id);
