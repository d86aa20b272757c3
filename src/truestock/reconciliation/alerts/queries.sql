-- ============================================================ rules

-- name: active_rules
SELECT r.id, r.name, r.kind, r.threshold, r.severity, r.channel, r.item, r.category, r.loc, r.owner, r.group_by,
       r.targets, r.quiet_from, r.quiet_to, r.quiet_zone, r.escalate_after_s, r.escalate_to, r.reopen_within_s, r.swept_to
FROM alert_rule r
WHERE NOT r.paused
ORDER BY r.id;

-- name: set_swept
UPDATE alert_rule SET swept_to = %(to)s::bigint WHERE id = ANY (%(ids)s::integer[]);

-- name: rules
SELECT r.name, r.kind, r.threshold, r.severity, c.code, i.sku, r.category, l.code, r.owner, r.group_by, r.targets,
       to_char(r.quiet_from, 'HH24:MI'), to_char(r.quiet_to, 'HH24:MI'), r.quiet_zone, r.escalate_after_s / 60,
       r.escalate_to, r.reopen_within_s / 60, r.paused,
       (SELECT count(*) FROM alert a WHERE a.rule = r.id AND a.state <> 'resolved')
FROM alert_rule r
LEFT JOIN channel c ON c.id = r.channel
LEFT JOIN item i ON i.id = r.item
LEFT JOIN location l ON l.id = r.loc
ORDER BY r.name;

-- name: scope_ids
SELECT (SELECT id FROM channel WHERE code = %(channel)s::text), (SELECT id FROM item WHERE sku = %(item)s::text),
       (SELECT id FROM location WHERE code = %(location)s::text);

-- name: unknown_targets
SELECT k.name FROM unnest(%(names)s::text[]) k (name)
WHERE NOT EXISTS (SELECT FROM alert_target t WHERE t.name = k.name);

-- name: put_rule
-- All items are looked at anew.
INSERT INTO alert_rule (id, name, kind, threshold, severity, channel, item, category, loc, owner, group_by, targets,
                        quiet_from, quiet_to, quiet_zone, escalate_after_s, escalate_to, reopen_within_s, paused)
SELECT %(id)s::integer, %(name)s::text, %(kind)s::text, %(threshold)s::bigint, %(severity)s::text, %(channel)s::integer,
       %(item)s::bigint, %(category)s::text, %(loc)s::integer, %(owner)s::text, %(group_by)s::text, %(targets)s::text[],
       %(quiet_from)s::time, %(quiet_to)s::time, %(quiet_zone)s::text, %(escalate_after_s)s::integer,
       %(escalate_to)s::text[], %(reopen_within_s)s::integer, %(paused)s::boolean
ON CONFLICT (name) DO UPDATE
SET threshold = excluded.threshold, severity = excluded.severity, channel = excluded.channel, item = excluded.item,
    category = excluded.category, loc = excluded.loc, owner = excluded.owner, group_by = excluded.group_by,
    targets = excluded.targets, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
    quiet_zone = excluded.quiet_zone, escalate_after_s = excluded.escalate_after_s,
    escalate_to = excluded.escalate_to, reopen_within_s = excluded.reopen_within_s, paused = excluded.paused,
    swept_to = 0;

-- name: set_severity
UPDATE alert a SET severity = %(severity)s::text
WHERE a.rule = %(rule)s::integer AND a.state <> 'resolved' AND a.severity <> %(severity)s::text;

-- name: drop_rule
DELETE FROM alert_rule WHERE name = %(name)s::text;

-- name: lock_rule
SELECT r.id, clock_timestamp() FROM alert_rule r WHERE r.name = %(name)s::text ORDER BY r.id FOR NO KEY UPDATE OF r;

-- name: lock_looks
-- Nobody looks meanwhile: a look goes by the rules that it has read.
SELECT seq FROM lane WHERE name = 'alerts' ORDER BY name FOR NO KEY UPDATE;

-- name: look_at_once
-- What time brings of a kind is looked at by the next look, from the first on.
UPDATE alert_due SET at = '-infinity', after = 0 WHERE kind = %(kind)s::text;

-- name: standing_of_rule
SELECT a.part, a.id FROM alert a WHERE a.rule = %(rule)s::integer AND a.state <> 'resolved' ORDER BY a.id;

-- ============================================================ alerts as looks find them

-- name: newest_of_items
-- Of each rule and subject the newest that stands, or may be opened again: of these items, and those that stand of what was
-- found now, since a listing of several items is found at each of them.
SELECT DISTINCT ON (a.rule, a.subject) a.id, a.rule, a.subject, a.state, a.gravity, a.count, a.happened, a.risk, a.remedy,
       a.resolved_at, a.grp
FROM (
    SELECT * FROM alert x
    WHERE x.item = ANY (%(items)s::bigint[]) AND x.rule = ANY (%(rules)s::integer[])
      AND (x.state <> 'resolved' OR x.resolved_at > %(since)s::timestamptz)
    UNION ALL
    SELECT x.*
    FROM unnest(%(parts)s::smallint[], %(found_by)s::integer[], %(subjects)s::text[]) k (part, rule, subject)
    JOIN alert x ON x.part = k.part AND x.rule = k.rule AND x.subject = k.subject AND x.state <> 'resolved'
) a
ORDER BY a.rule, a.subject, a.id DESC;

-- name: newest_of_rules
SELECT DISTINCT ON (a.rule, a.subject) a.id, a.rule, a.subject, a.state, a.gravity, a.count, a.happened, a.risk, a.remedy,
       a.resolved_at, a.grp
FROM alert a
WHERE a.rule = ANY (%(rules)s::integer[]) AND (a.state <> 'resolved' OR a.resolved_at > %(since)s::timestamptz)
ORDER BY a.rule, a.subject, a.id DESC;

-- name: shown_too_long
-- Of rules about what happens once: what nobody has dealt with for as long as it is shown.
SELECT a.id, a.rule, a.subject, a.state, a.gravity, a.count, a.happened, a.risk, a.remedy, a.resolved_at, a.grp
FROM unnest(%(rules)s::integer[], %(before)s::timestamptz[]) k (rule, before)
JOIN alert a ON a.rule = k.rule AND a.opened_at < k.before
WHERE a.state <> 'resolved'
ORDER BY a.id
LIMIT %(limit)s::integer;

-- name: take_ids
INSERT INTO counter (name, next) VALUES ('alert', 1 + %(count)s::bigint)
ON CONFLICT (name) DO UPDATE SET next = counter.next + %(count)s::bigint
RETURNING next - %(count)s::bigint;

-- name: add_alerts
INSERT INTO alert (part, id, rule, kind, subject, grp, channel, item, loc, state, severity, owner, gravity, count, units,
                   money, currency, happened, risk, remedy, opened_at, last_at, escalate_at)
SELECT part, id, rule, kind, subject, grp, channel, item, loc, 'open', severity, owner, gravity, 1, units, money, currency,
       happened, risk, remedy, %(now)s::timestamptz, %(now)s::timestamptz, escalate_at
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(rules)s::integer[], %(kinds)s::text[], %(subjects)s::text[],
            %(groups)s::text[], %(channels)s::integer[], %(items)s::bigint[], %(locs)s::integer[], %(severities)s::text[],
            %(owners)s::text[], %(gravities)s::bigint[], %(units)s::bigint[], %(moneys)s::numeric[], %(currencies)s::text[],
            %(happened)s::text[], %(risks)s::text[], %(remedies)s::text[], %(escalate_at)s::timestamptz[])
     a (part, id, rule, kind, subject, grp, channel, item, loc, severity, owner, gravity, units, money, currency, happened,
        risk, remedy, escalate_at);

-- name: change_alerts
-- `reopened` ones are open again, whoever had them; an owner whom somebody named stays.
UPDATE alert a
SET gravity = k.gravity, count = a.count + k.more, units = k.units, money = k.money, currency = k.currency,
    happened = k.happened, risk = k.risk, remedy = k.remedy,
    last_at = CASE WHEN k.more > 0 THEN %(now)s::timestamptz ELSE a.last_at END,
    state = CASE WHEN k.reopened THEN 'open' ELSE a.state END,
    resolved_at = CASE WHEN k.reopened THEN NULL ELSE a.resolved_at END,
    snoozed_until = CASE WHEN k.reopened THEN NULL ELSE a.snoozed_until END,
    escalated_at = CASE WHEN k.reopened THEN NULL ELSE a.escalated_at END,
    escalate_at = CASE WHEN k.reopened THEN k.escalate_at ELSE a.escalate_at END
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(gravities)s::bigint[], %(more)s::integer[], %(units)s::bigint[],
            %(moneys)s::numeric[], %(currencies)s::text[], %(happened)s::text[], %(risks)s::text[], %(remedies)s::text[],
            %(reopened)s::boolean[], %(escalate_at)s::timestamptz[])
     k (part, id, gravity, more, units, money, currency, happened, risk, remedy, reopened, escalate_at)
WHERE a.part = k.part AND a.id = k.id;

-- name: resolve_alerts
UPDATE alert a
SET state = 'resolved', resolved_at = %(now)s::timestamptz, snoozed_until = NULL, escalate_at = NULL
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
WHERE a.part = k.part AND a.id = k.id;

-- name: add_steps
INSERT INTO alert_step (part, alert, id, what, actor, note, at)
SELECT part, alert, id, what, %(actor)s::text, %(note)s::text, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(alerts)s::bigint[], %(ids)s::bigint[], %(whats)s::text[]) s (part, alert, id, what);

-- name: as_told
SELECT a.id, coalesce(r.name, ''), a.kind, a.severity, a.subject, a.happened, a.risk, a.remedy, coalesce(c.code, ''), coalesce(i.sku, ''),
       coalesce(l.code, '')
FROM alert a
LEFT JOIN alert_rule r ON r.id = a.rule
LEFT JOIN channel c ON c.id = a.channel
LEFT JOIN item i ON i.id = a.item
LEFT JOIN location l ON l.id = a.loc
WHERE a.id = ANY (%(ids)s::bigint[])
ORDER BY a.id;

-- name: lock_woken
-- Snoozed ones whose time has come, and open ones that nobody has acknowledged in time.
SELECT a.part, a.id, a.rule, a.grp, a.state
FROM alert a
WHERE (a.state = 'snoozed' AND a.snoozed_until <= %(now)s::timestamptz)
   OR (a.escalate_at <= %(now)s::timestamptz)
ORDER BY a.part, a.id
LIMIT %(limit)s::integer
FOR NO KEY UPDATE OF a;

-- name: wake
UPDATE alert a SET state = 'open', snoozed_until = NULL, escalate_at = k.escalate_at
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(escalate_at)s::timestamptz[]) k (part, id, escalate_at)
WHERE a.part = k.part AND a.id = k.id;

-- name: escalate
UPDATE alert a SET escalated_at = %(now)s::timestamptz, escalate_at = NULL
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
WHERE a.part = k.part AND a.id = k.id;

-- ============================================================ who is told

-- name: target_ids
SELECT name, id FROM alert_target;

-- name: lock_gathering
-- Messages that nobody sends yet, to which alerts of the same rule, group and target are added.
SELECT m.part, m.id, m.target, m.rule, m.grp, m.what
FROM alert_message m
JOIN unnest(%(targets)s::integer[], %(rules)s::integer[], %(groups)s::text[]) k (target, rule, grp)
    ON m.target = k.target AND m.rule = k.rule AND m.grp = k.grp
WHERE m.state = 'waiting' AND m.tries = 0 AND m.leased_until IS NULL AND cardinality(m.alerts) < %(most)s::integer
ORDER BY m.part, m.id
FOR NO KEY UPDATE OF m;

-- name: last_told
-- When the last message of these went, or was tried.
SELECT m.target, m.rule, m.grp, m.what, max(coalesce(m.done_at, m.created_at))
FROM alert_message m
JOIN unnest(%(targets)s::integer[], %(rules)s::integer[], %(groups)s::text[]) k (target, rule, grp)
    ON m.target = k.target AND m.rule = k.rule AND m.grp = k.grp
WHERE m.created_at > %(since)s::timestamptz AND m.tries > 0 AND m.state <> 'dropped'
GROUP BY m.target, m.rule, m.grp, m.what;

-- name: add_to_messages
UPDATE alert_message m
SET alerts = m.alerts || ARRAY(SELECT x FROM unnest(%(alerts)s::bigint[]) x WHERE x <> ALL (m.alerts)),
    next_try_at = least(m.next_try_at, %(at)s::timestamptz)
WHERE m.part = %(part)s::smallint AND m.id = %(id)s::bigint;

-- name: add_message
INSERT INTO alert_message (part, id, target, rule, grp, what, alerts, next_try_at, created_at)
SELECT %(part)s::smallint, %(id)s::bigint, %(target)s::integer, %(rule)s::integer, %(grp)s::text, %(what)s::text,
       %(alerts)s::bigint[], %(at)s::timestamptz, %(now)s::timestamptz;

-- ============================================================ alerts as people look at them

-- name: alerts
SELECT a.id, coalesce(r.name, ''), a.kind, a.severity, a.state, a.subject, a.grp, c.code, i.sku, l.code, a.happened, a.risk, a.remedy,
       a.units, a.money, a.currency, a.count, a.owner, a.opened_at, a.last_at, a.snoozed_until, a.escalated_at, a.resolved_at
FROM alert a
LEFT JOIN alert_rule r ON r.id = a.rule
LEFT JOIN channel c ON c.id = a.channel
LEFT JOIN item i ON i.id = a.item
LEFT JOIN location l ON l.id = a.loc
WHERE a.state = ANY (%(states)s::text[])
  AND (%(severity)s::text IS NULL OR a.severity = %(severity)s::text)
  AND (%(rule)s::text IS NULL OR r.name = %(rule)s::text)
  AND (%(kind)s::text IS NULL OR a.kind = %(kind)s::text)
  AND (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(item)s::text IS NULL OR i.sku = %(item)s::text)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(owner)s::text IS NULL OR a.owner = %(owner)s::text)
  AND (%(id)s::bigint IS NULL OR a.id = %(id)s::bigint)
  AND (%(after)s::bigint IS NULL OR a.id < %(after)s::bigint)
ORDER BY a.id DESC
LIMIT %(limit)s::integer;

-- name: steps
SELECT s.what, s.actor, s.note, s.at
FROM alert a
JOIN alert_step s ON s.part = a.part AND s.alert = a.id
WHERE a.id = %(id)s::bigint
ORDER BY s.id;

-- name: lock_alert
SELECT a.part, a.id, a.rule, a.grp, a.state FROM alert a WHERE a.id = %(id)s::bigint ORDER BY a.id FOR NO KEY UPDATE OF a;

-- name: act
UPDATE alert a
SET state = %(state)s::text, owner = coalesce(%(owner)s::text, a.owner),
    snoozed_until = CASE WHEN %(state)s::text = 'snoozed' THEN coalesce(%(until)s::timestamptz, a.snoozed_until) END,
    resolved_at = CASE WHEN %(state)s::text = 'resolved' THEN %(now)s::timestamptz END,
    escalate_at = CASE WHEN %(state)s::text = 'open' THEN a.escalate_at END
WHERE a.part = %(part)s::smallint AND a.id = %(id)s::bigint;

-- name: database_clock
SELECT clock_timestamp();

-- name: counts
SELECT a.severity, a.state, count(*) FROM alert a WHERE a.state <> 'resolved' GROUP BY 1, 2;

-- name: oldest_look
-- For how long the oldest item that was written down waits to be looked at.
SELECT coalesce(extract(epoch FROM clock_timestamp() - l.at), 0)::float8 FROM (SELECT at FROM alert_look LIMIT 1) l;

-- ============================================================ heartbeats

-- name: beat
INSERT INTO heartbeat (name, at, since) VALUES (%(name)s::text, clock_timestamp(), clock_timestamp())
ON CONFLICT (name) DO UPDATE
SET at = excluded.at, since = CASE WHEN %(starts)s::boolean THEN excluded.since ELSE heartbeat.since END;

-- name: end_beat
DELETE FROM heartbeat WHERE name = %(name)s::text;

-- ============================================================ what is kept

-- name: trim_mishaps
DELETE FROM mishap WHERE part = %(part)s::smallint AND taken_at < %(before)s::timestamptz;

-- name: trim_alerts
DELETE FROM alert a WHERE a.part = %(part)s::smallint AND a.resolved_at < %(before)s::timestamptz;

-- name: trim_steps
DELETE FROM alert_step s
WHERE s.part = %(part)s::smallint AND s.at < %(before)s::timestamptz
  AND NOT EXISTS (SELECT FROM alert a WHERE a.part = s.part AND a.id = s.alert);

-- name: trim_messages
DELETE FROM alert_message m
WHERE m.part = %(part)s::smallint AND m.created_at < %(before)s::timestamptz AND m.state <> 'waiting';
