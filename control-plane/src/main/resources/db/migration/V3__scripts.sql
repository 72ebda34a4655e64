-- Scripts. A version is never changed, so that a task can show the text that it ran.

CREATE TABLE scripts (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id text NOT NULL REFERENCES projects,
    type       text NOT NULL CHECK (type IN ('POWERSHELL', 'BAT', 'SHELL')),
    version_no integer NOT NULL DEFAULT 1 CHECK (version_no > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE INDEX scripts_of_project ON scripts (project_id, created_at DESC, id) WHERE deleted_at IS NULL;

CREATE TABLE script_versions (
    script_id     uuid NOT NULL REFERENCES scripts,
    version_no    integer NOT NULL CHECK (version_no > 0),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    description   text NOT NULL DEFAULT '' CHECK (length(description) <= 256),
    version       text NOT NULL DEFAULT '' CHECK (length(version) <= 128),
    content       text NOT NULL CHECK (length(content) BETWEEN 1 AND 100000),
    success_codes integer[] NOT NULL DEFAULT '{0}' CHECK (cardinality(success_codes) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (script_id, version_no)
);
-- Checked at commit, so that a script and its first version can be inserted in either order.
ALTER TABLE scripts ADD FOREIGN KEY (id, version_no) REFERENCES script_versions (script_id, version_no)
    DEFERRABLE INITIALLY DEFERRED;
