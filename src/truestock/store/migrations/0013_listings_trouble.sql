-- Why a channel's own listings could not be read. It is none of the channel's trouble with stock or orders.

ALTER TABLE connection ADD COLUMN listings_trouble text NOT NULL DEFAULT '';
