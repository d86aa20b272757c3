-- What a run says again of a line of supply is kept without how the line stands, which is as it was found.
ALTER TABLE supply_told ALTER COLUMN told DROP NOT NULL;
ALTER TABLE supply_told ADD COLUMN found bytea;
