-- How scheduled tasks fire. A firing is written down first, as RUNNING with no started_at; whoever starts it does so in one
-- transaction with the link to what it made: an execution task or a job. What came of each desktop is read from there:
-- scheduled_task_firing_desktops is written no more and stays for nodes of the version before.
--
-- Locks: a firing with its scheduled task, both with SKIP LOCKED, before anything that its start makes.

ALTER TABLE scheduled_task_firings
    -- Why it was skipped or failed as a whole.
    ADD COLUMN reason text NOT NULL DEFAULT '',
    -- Of a power action.
    ADD COLUMN job_id uuid REFERENCES jobs ON DELETE SET NULL,
    -- Of a triggered task: what it is about. Null: what the task applies to when the firing is started.
    ADD COLUMN desktop_ids uuid[],
    ADD COLUMN started_at timestamptz;
CREATE INDEX scheduled_task_firings_to_start ON scheduled_task_firings (planned_at, id)
    WHERE status = 'RUNNING' AND started_at IS NULL;
CREATE INDEX scheduled_task_firings_running ON scheduled_task_firings (task_id) WHERE status = 'RUNNING';
CREATE INDEX scheduled_task_firings_of_job ON scheduled_task_firings (job_id) WHERE job_id IS NOT NULL;
-- Retention takes the oldest first.
CREATE INDEX scheduled_task_firings_ended ON scheduled_task_firings (end_time) WHERE end_time IS NOT NULL;

ALTER TABLE sub_jobs
    DROP CONSTRAINT sub_jobs_action_check,
    ADD CONSTRAINT sub_jobs_action_check
        CHECK (action IN ('START', 'STOP', 'REBOOT', 'HIBERNATE', 'REBUILD', 'CREATE_SNAPSHOT')),
    -- What the users of the desktop are told before, and for how long they have time.
    ADD COLUMN notify_message text CHECK (length(notify_message) BETWEEN 1 AND 1000),
    ADD COLUMN notify_seconds integer NOT NULL DEFAULT 0 CHECK (notify_seconds BETWEEN 0 AND 3600);
