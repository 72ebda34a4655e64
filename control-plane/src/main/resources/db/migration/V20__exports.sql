-- Files of what scheduled tasks came to, made by whatever node claims them and kept here so that every node can serve them.

CREATE TABLE export_tasks (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id        text NOT NULL REFERENCES projects,
    creation_no       bigint GENERATED ALWAYS AS IDENTITY,
    scheduled_task_id uuid NOT NULL REFERENCES scheduled_tasks ON DELETE CASCADE,
    format            text NOT NULL CHECK (format IN ('XLSX', 'CSV')),
    language          text NOT NULL CHECK (language IN ('EN_US', 'ZH_CN')),
    time_zone         text NOT NULL,
    -- The firings that were planned from then until then.
    planned_from      timestamptz NOT NULL,
    planned_until     timestamptz NOT NULL,
    file_name         text NOT NULL,
    -- A SUCCESS counts as expired from expires_at on.
    status            text NOT NULL DEFAULT 'CREATING' CHECK (status IN ('CREATING', 'SUCCESS', 'FAIL')),
    fail_reason       text,
    error_code        text,
    is_download       boolean NOT NULL DEFAULT false,
    size_bytes        bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    created_at        timestamptz NOT NULL,
    end_time          timestamptz,
    expires_at        timestamptz,
    -- Fences those who make the file: only the last attempt counts. Without news until then somebody else may claim it.
    attempt           integer NOT NULL DEFAULT 0,
    claimed_until     timestamptz,
    deleted_at        timestamptz,
    -- From when on the content is removed, null when there is none left to remove; and from when on the row is.
    content_until     timestamptz,
    row_until         timestamptz,
    CHECK ((status = 'CREATING') = (end_time IS NULL)),
    CHECK ((status = 'SUCCESS') = (expires_at IS NOT NULL)),
    CHECK ((status = 'FAIL') = (fail_reason IS NOT NULL))
);
CREATE INDEX export_tasks_of_project ON export_tasks (project_id, creation_no);
CREATE INDEX export_tasks_of_scheduled_task ON export_tasks (scheduled_task_id);
CREATE INDEX export_tasks_to_make ON export_tasks (creation_no) WHERE status = 'CREATING' AND deleted_at IS NULL;
CREATE INDEX export_tasks_to_empty ON export_tasks (content_until) WHERE content_until IS NOT NULL;
CREATE INDEX export_tasks_to_remove ON export_tasks (row_until) WHERE content_until IS NULL;

CREATE TABLE export_chunks (
    export_id uuid NOT NULL REFERENCES export_tasks ON DELETE CASCADE,
    attempt   integer NOT NULL,
    chunk_no  integer NOT NULL,
    content   bytea NOT NULL,
    PRIMARY KEY (export_id, attempt, chunk_no)
);
