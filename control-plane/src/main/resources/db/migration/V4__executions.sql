-- Executions: a task fans out into records; an agent's news closes them; the task's counters derive from the rows.
--
-- Locks: whoever changes records of a task locks the task first, tasks in the order of their ids. The claim is the one
-- exception: it locks records only, with SKIP LOCKED, and never waits.
--
-- changed_xid / xid hold the transaction that wrote a row last. A reader that remembers the xmin of its snapshot asks for
-- everything at or after it, and so misses nothing that was committed late.

CREATE TABLE execution_tasks (
    id                  uuid PRIMARY KEY,
    project_id          text NOT NULL REFERENCES projects,
    queue_no            bigint GENERATED ALWAYS AS IDENTITY,
    task_type           text NOT NULL CHECK (task_type IN ('SCRIPT', 'COMMAND')),
    command_content     text CHECK (length(command_content) BETWEEN 1 AND 100000),
    command_type        text CHECK (command_type IN ('POWERSHELL', 'BAT', 'SHELL')),
    success_codes       integer[] NOT NULL DEFAULT '{0}',
    resource_group_type text CHECK (resource_group_type IN ('DESKTOP_POOL', 'DESKTOP_TAG')),
    resource_group_id   text,
    resource_group_name text,
    resource_ids        uuid[] NOT NULL,
    gray_resource_ids   uuid[] NOT NULL DEFAULT '{}',
    gray_fail_threshold integer NOT NULL DEFAULT 1 CHECK (gray_fail_threshold > 0),
    pre_start           text CHECK (pre_start IN ('START', 'REBOOT')),
    post_finish         text CHECK (post_finish IN ('STOP', 'REBOOT')),
    start_timeout       integer NOT NULL CHECK (start_timeout BETWEEN 1 AND 10080),
    execution_timeout   integer NOT NULL CHECK (execution_timeout BETWEEN 1 AND 600),
    status              text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'RUNNING', 'SUCCESS', 'FAILED')),
    -- NONE: one batch. PENDING: the gray batch has not decided. OPEN, CLOSED: it has.
    gate                text NOT NULL CHECK (gate IN ('NONE', 'PENDING', 'OPEN', 'CLOSED')),
    gate_reason         text NOT NULL DEFAULT '',
    total               integer NOT NULL CHECK (total > 0),
    success_num         integer NOT NULL DEFAULT 0 CHECK (success_num >= 0),
    failed_num          integer NOT NULL DEFAULT 0 CHECK (failed_num >= 0),
    skip_num            integer NOT NULL DEFAULT 0 CHECK (skip_num >= 0),
    gray_total          integer NOT NULL DEFAULT 0 CHECK (gray_total BETWEEN 0 AND total),
    gray_ended          integer NOT NULL DEFAULT 0 CHECK (gray_ended BETWEEN 0 AND gray_total),
    gray_failed         integer NOT NULL DEFAULT 0 CHECK (gray_failed BETWEEN 0 AND gray_ended),
    created_by          text NOT NULL,
    created_at          timestamptz NOT NULL,
    start_time          timestamptz,
    end_time            timestamptz,
    changed_xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CHECK ((task_type = 'COMMAND') = (command_content IS NOT NULL)),
    CHECK ((command_content IS NULL) = (command_type IS NULL)),
    CHECK (success_num + failed_num + skip_num <= total),
    CHECK ((status IN ('SUCCESS', 'FAILED')) = (success_num + failed_num + skip_num = total)),
    CHECK ((status IN ('SUCCESS', 'FAILED')) = (end_time IS NOT NULL)),
    CHECK ((gate = 'NONE') = (gray_total = 0))
);
CREATE INDEX execution_tasks_of_project ON execution_tasks (project_id, queue_no DESC);
CREATE INDEX execution_tasks_of_group ON execution_tasks (resource_group_id, queue_no DESC)
    WHERE resource_group_id IS NOT NULL;

CREATE TABLE execution_task_scripts (
    task_id      uuid NOT NULL REFERENCES execution_tasks,
    script_index integer NOT NULL CHECK (script_index >= 0),
    script_id    uuid NOT NULL,
    version_no   integer NOT NULL,
    PRIMARY KEY (task_id, script_index),
    FOREIGN KEY (script_id, version_no) REFERENCES script_versions (script_id, version_no)
);
CREATE INDEX execution_task_scripts_of_script ON execution_task_scripts (script_id, task_id);

CREATE TABLE execution_records (
    id                uuid PRIMARY KEY,
    task_id           uuid NOT NULL REFERENCES execution_tasks,
    project_id        text NOT NULL REFERENCES projects,
    queue_no          bigint NOT NULL,
    desktop_id        uuid NOT NULL REFERENCES desktops,
    desktop_name      text NOT NULL,
    script_index      integer NOT NULL CHECK (script_index >= 0),
    -- 0: no gray batch. 1: the gray batch. 2: the rest.
    batch             smallint NOT NULL CHECK (batch BETWEEN 0 AND 2),
    -- Whether the batch was released.
    open              boolean NOT NULL,
    status            text NOT NULL DEFAULT 'WAITING'
                      CHECK (status IN ('WAITING', 'RUNNING', 'SUCCESS', 'FAILED', 'SKIP')),
    attempt           integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    -- The desktop is taken by this record: from its claim until it and its last step have ended.
    busy              boolean NOT NULL DEFAULT false,
    deadline          timestamptz,
    claimed_at        timestamptz,
    start_time        timestamptz,
    end_time          timestamptz,
    result_code       text CHECK (result_code IN ('EXITED', 'TIMED_OUT', 'STOPPED', 'START_FAILED', 'INTERRUPTED',
                                                  'AGENT_LOST', 'OFFLINE', 'UNSUPPORTED', 'PREVIOUS_FAILED',
                                                  'GRAY_HALTED')),
    exit_code         integer,
    reason            text NOT NULL DEFAULT '',
    stdout_bytes      bigint NOT NULL DEFAULT 0 CHECK (stdout_bytes >= 0),
    stderr_bytes      bigint NOT NULL DEFAULT 0 CHECK (stderr_bytes >= 0),
    console_charset   text NOT NULL DEFAULT 'UTF-8',
    stop_requested_at timestamptz,
    pre_start_state   text CHECK (pre_start_state IN ('PENDING', 'SENT', 'DONE', 'FAILED')),
    post_finish_state text CHECK (post_finish_state IN ('PENDING', 'SENT', 'DONE', 'FAILED')),
    -- The boot in which a reboot was ordered: another one proves it.
    step_boot_id      text,
    step_deadline     timestamptz,
    step_reason       text NOT NULL DEFAULT '',
    -- What came after the record had ended. It changes nothing.
    late_result       jsonb,
    changed_xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (task_id, desktop_id, script_index),
    CHECK ((status IN ('SUCCESS', 'FAILED', 'SKIP')) = (end_time IS NOT NULL)),
    CHECK ((status IN ('SUCCESS', 'FAILED', 'SKIP')) = (result_code IS NOT NULL)),
    CHECK (status <> 'SUCCESS' OR result_code = 'EXITED'),
    CHECK (status <> 'SKIP' OR result_code IN ('OFFLINE', 'UNSUPPORTED', 'PREVIOUS_FAILED', 'GRAY_HALTED', 'STOPPED')),
    CHECK (status <> 'FAILED'
           OR result_code IN ('EXITED', 'TIMED_OUT', 'STOPPED', 'START_FAILED', 'INTERRUPTED', 'AGENT_LOST')),
    CHECK (status <> 'RUNNING' OR (busy AND attempt > 0 AND start_time IS NOT NULL)),
    CHECK (NOT busy OR (attempt > 0 AND claimed_at IS NOT NULL)),
    -- Nothing that is released waits without an end.
    CHECK (status NOT IN ('WAITING', 'RUNNING') OR NOT open OR deadline IS NOT NULL),
    CHECK ((post_finish_state IS DISTINCT FROM 'SENT') OR step_deadline IS NOT NULL)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX execution_records_one_at_a_time ON execution_records (desktop_id) WHERE busy;
CREATE INDEX execution_records_claimable ON execution_records (desktop_id, queue_no, script_index)
    WHERE status = 'WAITING' AND open AND NOT busy;
CREATE INDEX execution_records_overdue ON execution_records (deadline) WHERE status IN ('WAITING', 'RUNNING');
CREATE INDEX execution_records_steps ON execution_records (step_deadline) WHERE step_deadline IS NOT NULL;
CREATE INDEX execution_records_of_project ON execution_records (project_id, queue_no DESC, id);
CREATE INDEX execution_records_of_desktop ON execution_records (desktop_id, queue_no DESC);
CREATE INDEX execution_records_story ON execution_records (task_id, changed_xid);

-- The earlier attempts of a record that was retried.
CREATE TABLE record_attempts (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id    uuid NOT NULL REFERENCES execution_records,
    attempt      integer NOT NULL,
    status       text NOT NULL CHECK (status IN ('FAILED', 'SKIP')),
    result_code  text NOT NULL,
    exit_code    integer,
    reason       text NOT NULL,
    start_time   timestamptz,
    end_time     timestamptz NOT NULL,
    stdout_bytes bigint NOT NULL,
    stderr_bytes bigint NOT NULL
);
CREATE INDEX record_attempts_of_record ON record_attempts (record_id, id);

-- How far the output of an attempt is stored. A chunk is taken only when it is the one expected next.
CREATE TABLE record_outputs (
    record_id    uuid NOT NULL REFERENCES execution_records,
    attempt      integer NOT NULL,
    next_seq     bigint NOT NULL CHECK (next_seq >= 0),
    stdout_end   bigint NOT NULL CHECK (stdout_end >= 0),
    stderr_end   bigint NOT NULL CHECK (stderr_end >= 0),
    kept_bytes   bigint NOT NULL CHECK (kept_bytes >= 0),
    PRIMARY KEY (record_id, attempt)
) WITH (fillfactor = 70);

CREATE TABLE output_chunks (
    record_id uuid NOT NULL,
    attempt   integer NOT NULL,
    seq       bigint NOT NULL,
    task_id   uuid NOT NULL,
    stream    text NOT NULL CHECK (stream IN ('stdout', 'stderr')),
    start_at  bigint NOT NULL CHECK (start_at >= 0),
    bytes     bytea NOT NULL,
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (record_id, attempt, seq),
    FOREIGN KEY (record_id, attempt) REFERENCES record_outputs (record_id, attempt)
);
ALTER TABLE output_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX output_chunks_story ON output_chunks (task_id, xid);
