-- The key of the machine that a desktop was until it was rebuilt: its agent is told so, and does not come again.
-- Nodes of the version before write nothing here.
ALTER TABLE desktops ADD COLUMN former_key text;
