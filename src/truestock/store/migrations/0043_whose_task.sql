-- Who is to count a task.
ALTER TABLE count_task ADD COLUMN assigned_to text NOT NULL DEFAULT '';
