-- What binds of that which feeds have said, with the times that a cell has of its own or of its feed.
CREATE VIEW feed_mark AS
SELECT
    s.part,
    s.item,
    s.loc,
    s.lot,
    s.status,
    s.feed,
    coalesce(s.as_of, f.as_of) AS as_of,
    coalesce(s.booked_until, f.booked_until) AS booked_until,
    f.meaning = 'available' AND coalesce((f.settings ->> 'knows_orders')::boolean, true) AS net
FROM stated s
JOIN feed f ON f.id = s.feed AND f.posture <> 'compare'
WHERE s.binds;
