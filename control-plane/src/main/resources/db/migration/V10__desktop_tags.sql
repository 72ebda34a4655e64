-- Tags of desktops. They go when the desktop is deleted: see DesktopStore.
--
-- In the order of bytes, so that a walk from one key or value to the next jumps over all desktops that share it.

CREATE TABLE desktop_tags (
    desktop_id uuid NOT NULL REFERENCES desktops ON DELETE CASCADE,
    -- That of the desktop, for the indexes.
    project_id text NOT NULL REFERENCES projects,
    key        text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
    value      text COLLATE "C" NOT NULL CHECK (length(value) <= 43),
    PRIMARY KEY (desktop_id, key)
);
CREATE INDEX desktop_tags_of_project ON desktop_tags (project_id, key, value, desktop_id);
CREATE INDEX desktop_tags_of_value ON desktop_tags (project_id, value, key);
