-- What a channel's settlements were read with: told otherwise, it may have fees that were passed over before.

ALTER TABLE fee_reading ADD COLUMN read_with text NOT NULL DEFAULT '';
