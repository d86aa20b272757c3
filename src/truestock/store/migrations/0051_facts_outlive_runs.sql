-- Facts that count again since a file was undone are known for longer than its run: an older file that is undone later
-- must not find them anew.
ALTER TABLE feed_unseen DROP CONSTRAINT feed_unseen_run_fkey;
