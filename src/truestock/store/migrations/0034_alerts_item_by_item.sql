-- What time brings is looked at item by item, from where the last look ended.
ALTER TABLE alert_due ADD COLUMN after bigint NOT NULL DEFAULT 0;
