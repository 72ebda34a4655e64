-- Desktops, the pools they are in, and how they come in.

CREATE TABLE desktop_pools (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id  text NOT NULL REFERENCES projects,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    type        text NOT NULL CHECK (type IN ('DYNAMIC', 'STATIC')),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    -- Fields of the vendor's API that mean nothing here: kept and returned.
    attributes  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, name),
    UNIQUE (project_id, id)
);

-- One control-plane process. A node that was not heard of for a while has no sessions.
CREATE TABLE nodes (
    id         uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

CREATE TABLE desktops (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id    text NOT NULL REFERENCES projects,
    pool_id       uuid,
    computer_name text NOT NULL CHECK (length(computer_name) BETWEEN 1 AND 255),
    public_key    text NOT NULL UNIQUE,
    machine_id    text NOT NULL,
    host          jsonb NOT NULL CHECK (jsonb_typeof(host) = 'object'),
    boot_id       text NOT NULL,
    script_types  text[] NOT NULL DEFAULT '{}' CHECK (script_types <@ ARRAY['POWERSHELL', 'BAT', 'SHELL']),
    agent_version text NOT NULL DEFAULT '',
    attributes    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- The session: the node that holds it, and a number that grows with every hello and fences older ones.
    node_id       uuid,
    session_epoch bigint NOT NULL DEFAULT 0,
    connected_at  timestamptz,
    last_seen_at  timestamptz,
    -- A deleted desktop stays for the records that name it; its key is revoked.
    deleted_at    timestamptz,
    FOREIGN KEY (project_id, pool_id) REFERENCES desktop_pools (project_id, id),
    CHECK (deleted_at IS NULL OR (node_id IS NULL AND pool_id IS NULL)),
    CHECK ((node_id IS NULL) OR (connected_at IS NOT NULL))
);
CREATE INDEX desktops_of_project ON desktops (project_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX desktops_of_pool ON desktops (pool_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX desktops_of_node ON desktops (node_id) WHERE node_id IS NOT NULL;

CREATE TABLE enrollment_tokens (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id  text NOT NULL REFERENCES projects,
    pool_id     uuid,
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    secret_hash bytea NOT NULL UNIQUE,
    expires_at  timestamptz,
    max_uses    integer CHECK (max_uses > 0),
    uses        integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    revoked_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (project_id, pool_id) REFERENCES desktop_pools (project_id, id),
    CHECK (max_uses IS NULL OR uses <= max_uses)
);
CREATE INDEX enrollment_tokens_of_project ON enrollment_tokens (project_id, created_at, id);
