-- What callers named their executions by, so that a request whose answer was lost can be sent again and runs nothing twice.
-- A key lives as long as its task. No foreign key: it is written before the task, in the same transaction, so that a second
-- request with the same key waits here until the first has ended.
CREATE TABLE execution_request_keys (
    project_id  text NOT NULL,
    user_id     text NOT NULL,
    request_key text NOT NULL CHECK (length(request_key) BETWEEN 1 AND 255),
    -- SHA-256 of path and body, in hexadecimal digits: the same key with another request is a mistake.
    fingerprint text NOT NULL CHECK (length(fingerprint) = 64),
    task_id     uuid NOT NULL,
    PRIMARY KEY (project_id, user_id, request_key)
);
CREATE INDEX execution_request_keys_of_task ON execution_request_keys (task_id);
