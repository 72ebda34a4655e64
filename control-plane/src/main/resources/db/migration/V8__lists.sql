-- A list of tasks by script walks one of these without fetching rows: by script when few tasks ran it, in order when many did.
DROP INDEX execution_task_scripts_of_script, execution_task_scripts_in_order;
CREATE INDEX execution_task_scripts_of_script ON execution_task_scripts (script_id, queue_no DESC, script_index)
    INCLUDE (version_no, task_id);
CREATE INDEX execution_task_scripts_in_order ON execution_task_scripts (queue_no DESC, script_index)
    INCLUDE (script_id, version_no, task_id);

-- What went wrong on some desktops: only records that failed or were skipped are in it, so that no other costs more.
CREATE INDEX execution_records_in_trouble_of_desktop ON execution_records (desktop_id, trouble, queue_no DESC)
    WHERE trouble IS NOT NULL;

-- The list of the pools' tasks always asks for the kind of group, so that this index answers its other filters too.
DROP INDEX execution_tasks_of_group_type;
CREATE INDEX execution_tasks_of_group_type ON execution_tasks (project_id, resource_group_type, queue_no DESC)
    INCLUDE (id, status, task_type, created_at, start_time) WHERE resource_group_type IS NOT NULL;
