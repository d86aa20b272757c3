-- When a line's units were last read as others than before, and by how many more had left then: what its channel has
-- changed on its own number by itself, and our numbers may have overwritten in between.
ALTER TABLE channel_order_line
    ADD COLUMN qty_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN left_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN left_by bigint NOT NULL DEFAULT 0;

CREATE INDEX channel_order_line_moved ON channel_order_line (sku, qty_at);
CREATE INDEX channel_order_read ON channel_order (channel, read_at);
