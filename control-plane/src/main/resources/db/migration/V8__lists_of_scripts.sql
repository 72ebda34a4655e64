-- A list of tasks by script walks one of these without fetching rows: by script when few tasks ran it, in order when many did.
DROP INDEX execution_task_scripts_of_script, execution_task_scripts_in_order;
CREATE INDEX execution_task_scripts_of_script ON execution_task_scripts (script_id, queue_no DESC, script_index)
    INCLUDE (version_no, task_id);
CREATE INDEX execution_task_scripts_in_order ON execution_task_scripts (queue_no DESC, script_index)
    INCLUDE (script_id, version_no, task_id);
