-- Scheduled tasks: a stored request plus when; their firings; and the agencies that a project has named.

CREATE TABLE scheduled_tasks (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id      text NOT NULL REFERENCES projects,
    creation_no     bigint GENERATED ALWAYS AS IDENTITY,
    -- The request with the vendor's names, checked, and with its defaults.
    request         jsonb NOT NULL CHECK (jsonb_typeof(request) = 'object'),
    task_name       text NOT NULL GENERATED ALWAYS AS (request ->> 'task_name') STORED
                    CHECK (length(task_name) BETWEEN 1 AND 255),
    task_type       text NOT NULL GENERATED ALWAYS AS (request ->> 'task_type') STORED
                    CHECK (task_type IN ('START', 'STOP', 'REBOOT', 'HIBERNATE', 'REBUILD', 'EXECUTE_SCRIPT', 'CREATE_SNAPSHOT')),
    scheduled_type  text NOT NULL GENERATED ALWAYS AS (request ->> 'scheduled_type') STORED
                    CHECK (scheduled_type IN ('FIXED_TIME', 'DAY', 'WEEK', 'MONTH', 'LIFE_CYCLE')),
    life_cycle_type text GENERATED ALWAYS AS (request ->> 'life_cycle_type') STORED,
    enable          boolean NOT NULL DEFAULT true,
    -- The local day that the days of a DAY task are counted from.
    anchor          date,
    -- When it fires next; null while it is disabled, triggered or over.
    next_firing_at  timestamptz,
    last_status     text CHECK (last_status IN ('SUCCESS', 'SKIP', 'FAIL')),
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- A deleted task stays for its firings.
    deleted_at      timestamptz,
    CHECK ((scheduled_type = 'LIFE_CYCLE') = (life_cycle_type IS NOT NULL)),
    CHECK ((scheduled_type = 'DAY') = (anchor IS NOT NULL)),
    CHECK (next_firing_at IS NULL OR (enable AND scheduled_type <> 'LIFE_CYCLE'))
);
CREATE INDEX scheduled_tasks_of_project ON scheduled_tasks (project_id, creation_no DESC) WHERE deleted_at IS NULL;
CREATE INDEX scheduled_tasks_due ON scheduled_tasks (next_firing_at)
    WHERE next_firing_at IS NOT NULL AND deleted_at IS NULL;

-- One planned instant of a task: unique, so that two nodes fire it once.
CREATE TABLE scheduled_task_firings (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    task_id           uuid NOT NULL REFERENCES scheduled_tasks,
    planned_at        timestamptz NOT NULL,
    -- The request as it was then.
    request           jsonb NOT NULL CHECK (jsonb_typeof(request) = 'object'),
    status            text NOT NULL CHECK (status IN ('RUNNING', 'SUCCESS', 'SKIP', 'FAIL')),
    success_num       integer NOT NULL DEFAULT 0 CHECK (success_num >= 0),
    failed_num        integer NOT NULL DEFAULT 0 CHECK (failed_num >= 0),
    skip_num          integer NOT NULL DEFAULT 0 CHECK (skip_num >= 0),
    execution_task_id uuid REFERENCES execution_tasks ON DELETE SET NULL,
    start_time        timestamptz NOT NULL,
    end_time          timestamptz,
    UNIQUE (task_id, planned_at),
    CHECK ((status = 'RUNNING') = (end_time IS NULL))
);

CREATE INDEX scheduled_task_firings_of_execution ON scheduled_task_firings (execution_task_id)
    WHERE execution_task_id IS NOT NULL;

-- What a firing came to on one desktop; for a script task once for each of its scripts.
CREATE TABLE scheduled_task_firing_desktops (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    firing_id    uuid NOT NULL REFERENCES scheduled_task_firings ON DELETE CASCADE,
    desktop_id   uuid NOT NULL REFERENCES desktops,
    desktop_name text NOT NULL,
    script_index integer NOT NULL DEFAULT 0 CHECK (script_index >= 0),
    script_id    uuid REFERENCES scripts,
    exec_status  text NOT NULL CHECK (exec_status IN ('WAITING', 'RUNNING', 'SUCCESS', 'SKIP', 'FAIL')),
    result_code  text,
    fail_reason  text,
    start_time   timestamptz,
    end_time     timestamptz,
    CHECK ((exec_status IN ('WAITING', 'RUNNING')) = (end_time IS NULL))
);
CREATE UNIQUE INDEX scheduled_task_firing_desktops_in_order
    ON scheduled_task_firing_desktops (firing_id, desktop_name, desktop_id, script_index);

CREATE TABLE agencies (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    project_id text NOT NULL REFERENCES projects,
    scene      text NOT NULL
               CHECK (scene IN ('WORKSPACE', 'CLOUD_GAME', 'CLOUD_STORAGE', 'SCREEN_RECORD', 'IMAGE_CREATION')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, scene)
);
