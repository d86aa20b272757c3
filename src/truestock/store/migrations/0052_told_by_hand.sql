-- When somebody told supply by hand, so that a row of an older file that is mended later does not replace it.
ALTER TABLE expected ADD COLUMN told_at timestamptz;
ALTER TABLE supply_document ADD COLUMN told_at timestamptz;
