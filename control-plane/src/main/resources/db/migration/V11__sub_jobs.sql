-- What a job is about, piece by piece: one row for each desktop, or for each place that a desktop is to come into.
--
-- Locks: desktops or enrollment tokens first, then rows here in the order of their ids, then jobs in the order of theirs.

CREATE TABLE sub_jobs (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Their order, in a job and in lists.
    no             bigint GENERATED ALWAYS AS IDENTITY,
    job_id         uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    project_id     text NOT NULL,
    job_type       text NOT NULL,
    -- The pool it is about; it may have gone since.
    pool_id        uuid,
    desktop_id     uuid REFERENCES desktops,
    desktop_name   text NOT NULL DEFAULT '',
    status         text NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'SUCCESS', 'FAILED')),
    begin_time     timestamptz NOT NULL,
    end_time       timestamptz,
    deadline       timestamptz,
    error_code     text,
    reason         text NOT NULL DEFAULT '',
    -- A power action: what, how, and since when. The boot and the session it was ordered in, and the session in which the
    -- agent took it: what differs from them, or ends after them, proves it.
    action         text CHECK (action IN ('START', 'STOP', 'REBOOT', 'HIBERNATE')),
    force          boolean NOT NULL DEFAULT false,
    boot_id        text,
    ordered_epoch  bigint,
    accepted_epoch bigint,
    -- A place: the token that lets its desktop in, and what the desktop is given.
    token_id       uuid UNIQUE REFERENCES enrollment_tokens,
    attributes     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    CHECK ((status IN ('SUCCESS', 'FAILED')) = (end_time IS NOT NULL)),
    -- Nothing waits without an end.
    CHECK (end_time IS NOT NULL OR deadline IS NOT NULL),
    CHECK (action IS NULL OR end_time IS NOT NULL
           OR (desktop_id IS NOT NULL AND boot_id IS NOT NULL AND ordered_epoch IS NOT NULL))
);
CREATE INDEX sub_jobs_of_job ON sub_jobs (job_id, no);
CREATE INDEX sub_jobs_open ON sub_jobs (job_id) WHERE end_time IS NULL;
CREATE INDEX sub_jobs_overdue ON sub_jobs (deadline) WHERE end_time IS NULL;
CREATE INDEX sub_jobs_of_project ON sub_jobs (project_id, no DESC);
CREATE INDEX sub_jobs_of_status ON sub_jobs (project_id, status, no DESC);
CREATE INDEX sub_jobs_of_type ON sub_jobs (project_id, job_type, status, no DESC);
CREATE INDEX sub_jobs_of_pool ON sub_jobs (pool_id, no DESC) WHERE pool_id IS NOT NULL;
CREATE INDEX sub_jobs_of_desktop ON sub_jobs (desktop_id) WHERE end_time IS NULL;
CREATE INDEX sub_jobs_open_places ON sub_jobs (pool_id) WHERE end_time IS NULL AND token_id IS NOT NULL;
-- A desktop does one power action at a time.
CREATE UNIQUE INDEX sub_jobs_one_power_action ON sub_jobs (desktop_id) WHERE end_time IS NULL AND action IS NOT NULL;

INSERT INTO sub_jobs (id, job_id, project_id, job_type, pool_id, status, begin_time, end_time, deadline)
SELECT id, id, project_id, job_type, (entities ->> 'desktop_pool_id')::uuid,
       CASE status WHEN 'SUCCESS' THEN 'SUCCESS' ELSE 'FAILED' END, begin_time, coalesce(end_time, now()), NULL
FROM jobs ORDER BY begin_time, id;
UPDATE jobs SET status = 'FAIL', end_time = now() WHERE end_time IS NULL;
-- entities stays: nodes of the version before still write and read it.

-- Of a desktop that went into hibernation; null again with its next hello.
ALTER TABLE desktops ADD COLUMN hibernated_at timestamptz;
