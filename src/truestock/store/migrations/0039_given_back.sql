-- Which units a cart gave up before its time, and when: what is net of our orders is told of an instant.
ALTER TABLE promise
    ADD COLUMN given_back bigint[],
    ADD COLUMN given_back_at timestamptz[];
