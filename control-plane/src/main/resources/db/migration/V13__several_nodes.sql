-- What several nodes need to know of each other. Nodes of the version before write neither column, and go on working.

-- Grows with each heartbeat: whether a node lives is told by a row that changes, not by anybody's clock.
ALTER TABLE nodes ADD COLUMN beats bigint NOT NULL DEFAULT 0;

-- The agent's process that holds the session, so that a second one with the same identity is found on any node.
ALTER TABLE desktops ADD COLUMN instance_id uuid;
