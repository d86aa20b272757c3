-- Scans that their counter has taken back, to count the item anew.
ALTER TABLE count_scan ADD COLUMN void boolean NOT NULL DEFAULT false;
