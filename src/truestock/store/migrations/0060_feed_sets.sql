-- An interchange that was taken in only in part comes again for the rest of it. What was taken before was taken whole.
ALTER TABLE feed_interchange ADD COLUMN sets jsonb;
