-- What went wrong with a script is found without looking through the tasks with which all went well.

ALTER TABLE execution_task_scripts ADD COLUMN in_trouble boolean NOT NULL DEFAULT false;

-- A record of the task has failed or was skipped at some time: it stays so when that record is tried again.
CREATE FUNCTION note_execution_trouble() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE execution_task_scripts SET in_trouble = true WHERE task_id = NEW.id AND NOT in_trouble;
    RETURN NULL;
END $$;
CREATE TRIGGER execution_tasks_in_trouble AFTER UPDATE OF failed_num, skip_num ON execution_tasks
    FOR EACH ROW WHEN (OLD.failed_num + OLD.skip_num = 0 AND NEW.failed_num + NEW.skip_num > 0)
    EXECUTE FUNCTION note_execution_trouble();

-- The lists read what a vacuum has looked at from the indexes alone: it comes before a fifth of the history is new.
ALTER TABLE execution_records SET (autovacuum_vacuum_insert_scale_factor = 0.02,
                                   autovacuum_vacuum_insert_threshold = 50000);
ALTER TABLE execution_tasks SET (autovacuum_vacuum_insert_scale_factor = 0.02,
                                 autovacuum_vacuum_insert_threshold = 10000);
ALTER TABLE execution_task_scripts SET (autovacuum_vacuum_insert_scale_factor = 0.02,
                                        autovacuum_vacuum_insert_threshold = 10000);
