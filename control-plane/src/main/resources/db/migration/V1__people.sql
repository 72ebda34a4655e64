-- Projects, the people and programs that act in them, and the keys of this installation.

CREATE TABLE domains (
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE projects (
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    domain_id  text NOT NULL REFERENCES domains,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (domain_id, name)
);

CREATE TABLE users (
    id            text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    domain_id     text NOT NULL REFERENCES domains,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    password_hash text NOT NULL,
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (domain_id, name)
);

-- What a user may do in a project: the vendor's action names; one trailing * stands for the rest of the name.
CREATE TABLE user_permissions (
    user_id     text NOT NULL REFERENCES users ON DELETE CASCADE,
    project_id  text NOT NULL REFERENCES projects ON DELETE CASCADE,
    permissions text[] NOT NULL CHECK (cardinality(permissions) > 0),
    PRIMARY KEY (user_id, project_id)
);

CREATE TABLE access_keys (
    access_key     text PRIMARY KEY CHECK (length(access_key) BETWEEN 16 AND 64),
    user_id        text NOT NULL REFERENCES users ON DELETE CASCADE,
    wrapped_secret bytea NOT NULL,
    disabled       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX access_keys_of_user ON access_keys (user_id);

-- Keys made on the first start, each wrapped by the master key, which is never in the database.
CREATE TABLE installation_keys (
    name       text PRIMARY KEY,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
