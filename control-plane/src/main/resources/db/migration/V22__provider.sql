-- What a desktop cannot do itself: starts, rebuilds and snapshots that are asked of the provider, an executable beside a node.
--
-- Locks: as for sub_jobs; a row here is taken with its sub-job, after it.

CREATE TABLE provider_calls (
    -- At most one call for each order, whatever becomes of it.
    sub_job_id     uuid PRIMARY KEY REFERENCES sub_jobs ON DELETE CASCADE,
    -- The node that runs the provider for it. Null: no node had a provider.
    node_id        uuid,
    called_at      timestamptz NOT NULL,
    -- The boot and the session that the desktop was in then.
    boot_id        text NOT NULL,
    called_epoch   bigint NOT NULL,
    -- Null for ever when the node went down in the middle: nobody knows what the provider did.
    answered_at    timestamptz,
    result         text CHECK (result IN ('done', 'accepted', 'failed', 'unsupported')),
    message        text NOT NULL DEFAULT '',
    -- Of a rebuild: the SHA-256 of what its new image enrols with, once, and the session number that was used up by that.
    secret_hash    bytea UNIQUE,
    enrolled_epoch bigint,
    CHECK ((answered_at IS NULL) = (result IS NULL))
);

-- Whether a node was started with a provider. Nodes of the version before write nothing here.
ALTER TABLE nodes ADD COLUMN has_provider boolean NOT NULL DEFAULT false;

-- Whether a start was asked of a desktop since something waits for it.
CREATE INDEX sub_jobs_starts ON sub_jobs (desktop_id, begin_time) WHERE action = 'START';
