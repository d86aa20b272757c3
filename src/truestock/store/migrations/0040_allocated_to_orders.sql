-- What a source keeps for orders is compared order by order.
ALTER TABLE feed_raw ADD COLUMN "order" text;
ALTER TABLE feed_raw ADD COLUMN channel text;
