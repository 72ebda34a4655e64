-- The backups that this database was restored from. What was planned between backup_time and restored_at may have been done.
--
-- After a restore attempts are counted from attempts_above: those after the backup are not in the books, and an agent does not
-- run a number twice.

CREATE TABLE restores (
    backup_time    timestamptz PRIMARY KEY,
    restored_at    timestamptz NOT NULL,
    attempts_above integer NOT NULL CHECK (attempts_above >= 0)
);
