-- Half of the time in which a file's statements were written went into looking up their feed, row by row; whoever deletes
-- a feed deletes them first.
ALTER TABLE stated DROP CONSTRAINT stated_feed_fkey;
ALTER TABLE stated_before DROP CONSTRAINT stated_before_feed_fkey;
