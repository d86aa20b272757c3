-- What was received, and what waits, is listed by when it came, however late that was told.
DROP INDEX received_in_order;
DROP INDEX received_waits;
CREATE INDEX received_in_order ON received (received_at, id);
CREATE INDEX received_waits ON received (received_at, id) WHERE waiting > 0;
