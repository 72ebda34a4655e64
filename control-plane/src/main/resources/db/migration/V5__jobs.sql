-- What an asynchronous desktop or pool action came to. Those of today are done when they are accepted.

CREATE TABLE jobs (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id text NOT NULL REFERENCES projects,
    job_type   text NOT NULL,
    status     text NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'SUCCESS', 'FAIL')),
    begin_time timestamptz NOT NULL DEFAULT now(),
    end_time   timestamptz,
    entities   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(entities) = 'object'),
    CHECK ((status IN ('SUCCESS', 'FAIL')) = (end_time IS NOT NULL))
);
