-- Scheduled tasks that fire on events. What happens to a desktop is written down by the statement that makes it happen; a tick
-- on any node makes triggers of it, and firings of the triggers that are due.
--
-- Locks: scheduled tasks before their triggers. Neither table has a foreign key to desktops: thousands of them may be told of
-- in one statement, and nobody who connects them is to wait for that.

CREATE TABLE desktop_events (
    no         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desktop_id uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('CREATED', 'REBUILT', 'REATTACHED', 'LOGGED_OFF')),
    at         timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE desktops
    -- Whether somebody was logged on when the agent last told of users, and since when nobody is. Nodes of the version before
    -- write neither; the next hello after them is right again.
    ADD COLUMN logged_on boolean NOT NULL DEFAULT false,
    ADD COLUMN logged_off_at timestamptz;
CREATE INDEX desktops_away ON desktops (project_id, last_seen_at) WHERE node_id IS NULL AND deleted_at IS NULL;

-- Since when a triggered task looks out for its event, as it is now. What was before it is not its concern.
ALTER TABLE scheduled_tasks ADD COLUMN armed_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX scheduled_tasks_triggered ON scheduled_tasks (life_cycle_type, project_id)
    WHERE life_cycle_type IS NOT NULL AND enable AND deleted_at IS NULL;

-- What waits for its time: the last event of each desktop for each task.
CREATE TABLE scheduled_task_triggers (
    task_id    uuid NOT NULL REFERENCES scheduled_tasks ON DELETE CASCADE,
    desktop_id uuid NOT NULL,
    -- The task's type of event then.
    kind       text NOT NULL,
    -- The number of the event; of an absence that of the session whose end it began with.
    event_no   bigint NOT NULL,
    event_at   timestamptz NOT NULL,
    fire_at    timestamptz NOT NULL,
    -- Of an absence, which has nothing more to say until the desktop has been back.
    fired_at   timestamptz,
    PRIMARY KEY (task_id, desktop_id)
);
CREATE INDEX scheduled_task_triggers_due ON scheduled_task_triggers (fire_at, task_id) WHERE fired_at IS NULL;
CREATE INDEX scheduled_task_triggers_of_desktop ON scheduled_task_triggers (desktop_id);

-- Whether a desktop was sent away on purpose.
CREATE INDEX sub_jobs_stops ON sub_jobs (desktop_id, begin_time) WHERE action IN ('STOP', 'HIBERNATE');
