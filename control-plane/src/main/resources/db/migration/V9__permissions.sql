-- Groups of permissions, descriptions, and which tokens of a user are good.

ALTER TABLE users
    ADD COLUMN description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    ADD COLUMN tokens_generation bigint NOT NULL DEFAULT 0;
ALTER TABLE projects
    ADD COLUMN description text NOT NULL DEFAULT '' CHECK (length(description) <= 255);
-- made_by has no reference: a key outlives its maker. Null: the first key of the installation.
ALTER TABLE access_keys
    ADD COLUMN description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    ADD COLUMN made_by text;

-- What the groups of no domain stand for is written in the program: it grows with the operations.
CREATE TABLE permission_groups (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 32),
    domain_id   text REFERENCES domains,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 255),
    permissions text[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK ((domain_id IS NULL) = (id IN ('administrator', 'operator', 'viewer'))),
    UNIQUE (domain_id, name)
);
INSERT INTO permission_groups (id, name, description, permissions) VALUES
    ('administrator', 'administrator', 'May do everything.', '{}'),
    ('operator', 'operator', 'May do what a viewer may, run scripts and schedules, and operate desktops.', '{}'),
    ('viewer', 'viewer', 'May read everything but who the people are.', '{}');

-- A row of user_permissions is what a user has in a project: single permissions, groups, or both.
ALTER TABLE user_permissions DROP CONSTRAINT user_permissions_permissions_check;
CREATE INDEX user_permissions_of_project ON user_permissions (project_id);

CREATE TABLE user_permission_groups (
    user_id    text NOT NULL,
    project_id text NOT NULL,
    group_id   text NOT NULL REFERENCES permission_groups,
    PRIMARY KEY (user_id, project_id, group_id),
    FOREIGN KEY (user_id, project_id) REFERENCES user_permissions ON DELETE CASCADE
);
CREATE INDEX user_permission_groups_of_group ON user_permission_groups (group_id, project_id);

INSERT INTO user_permission_groups (user_id, project_id, group_id)
SELECT user_id, project_id, 'administrator' FROM user_permissions WHERE permissions @> '{workspace:*,iam:*}';
UPDATE user_permissions SET permissions = '{}' WHERE permissions @> '{workspace:*,iam:*}';
