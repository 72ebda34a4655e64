-- What has not ended is counted for each desktop when a task is made: by record_work_claimable what waits, by
-- record_work_one_at_a_time what runs, and here what belongs to batches that were not released.
CREATE INDEX record_work_unreleased ON record_work (desktop_id) WHERE NOT open;

-- Retention takes ended jobs with their pieces, the oldest first.
CREATE INDEX jobs_ended ON jobs (end_time) WHERE end_time IS NOT NULL;
