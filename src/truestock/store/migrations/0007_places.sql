-- A number for each place of a channel that keeps stock by location; units sold there whose orders have not come; how
-- often a number was written today.

ALTER TABLE outbound
    ADD COLUMN place integer NOT NULL DEFAULT 0,
    ADD COLUMN unseen bigint NOT NULL DEFAULT 0 CONSTRAINT outbound_unseen CHECK (unseen >= 0),
    ADD COLUMN unseen_at timestamptz,
    ADD COLUMN shown_at timestamptz,
    ADD COLUMN sent_on date,
    ADD COLUMN sent_that_day integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT outbound_pkey,
    ADD PRIMARY KEY (part, listing, place);
DROP INDEX outbound_channel;
CREATE INDEX outbound_channel ON outbound (channel, listing, place);

ALTER TABLE connection ADD COLUMN orders_read_at timestamptz;

ALTER TABLE channel_order ADD COLUMN first_read_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX channel_order_first ON channel_order (channel, first_read_at);
ALTER TABLE channel_order_line ADD COLUMN shipped bigint NOT NULL DEFAULT 0;
CREATE INDEX channel_order_line_open ON channel_order_line (sku) WHERE qty > shipped;
CREATE INDEX outbound_unseen ON outbound (channel) WHERE unseen > 0;
