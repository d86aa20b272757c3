-- Whether who received units may approve them too.
ALTER TABLE receiving_rule
    ADD COLUMN own_approval boolean,
    DROP CONSTRAINT receiving_rule_says,
    ADD CONSTRAINT receiving_rule_says
        CHECK (coalesce(lands, unexpected) IS NOT NULL OR over_percent IS NOT NULL OR own_approval IS NOT NULL);
