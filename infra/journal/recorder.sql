-- name: begin_head
INSERT INTO journal_head (is_head, position, recorded_at, mac)
VALUES (true, %(position)s, %(recorded_at)s, %(mac)s)
ON CONFLICT (is_head) DO NOTHING;

-- name: take_head
-- Serialises appends: held until the transaction ends.
SELECT position, recorded_at, mac
  FROM journal_head
 WHERE is_head
   FOR UPDATE;

-- name: move_head
-- The notification leaves with the commit.
WITH moved AS (
    UPDATE journal_head
       SET position = %(position)s, recorded_at = %(recorded_at)s, mac = %(mac)s
     WHERE is_head
 RETURNING position
)
SELECT pg_notify('stored_events', '') FROM moved;

-- name: append_at_once
-- One statement, one round trip: nothing happens unless the head is still where this process left it.
WITH moved AS (
    UPDATE journal_head
       SET position = %(position)s, recorded_at = %(recorded_at)s, mac = %(head_mac)s
     WHERE is_head AND position = %(expected)s AND recorded_at = %(expected_at)s AND mac = %(expected_mac)s
 RETURNING position
), written AS (
    INSERT INTO stored_events
           (originator_id, originator_version, topic, state, notification_id, recorded_at, mac)
    SELECT id, version, topic, state, nouveau.position, %(recorded_at)s, mac
      FROM moved,
           unnest(
               %(ids)s::uuid[], %(versions)s::bigint[], %(topics)s::text[], %(states)s::bytea[],
               %(positions)s::bigint[], %(macs)s::bytea[]
           ) AS nouveau (id, version, topic, state, position, mac)
)
SELECT pg_notify('stored_events', '') FROM moved;

-- name: append_many
-- Many events in one exchange: nothing is to be written unless the head is still where this process left it.
BEGIN;
WITH moved AS (
    UPDATE journal_head
       SET position = %(position)s, recorded_at = %(recorded_at)s, mac = %(head_mac)s
     WHERE is_head AND position = %(expected)s AND recorded_at = %(expected_at)s AND mac = %(expected_mac)s
 RETURNING position
)
SELECT pg_notify('stored_events', '') FROM moved;
COPY stored_events (originator_id, originator_version, topic, state, notification_id, recorded_at, mac)
FROM STDIN (FORMAT BINARY);
COMMIT;

-- name: existing_versions
SELECT e.originator_id, e.originator_version
  FROM unnest(%(ids)s::uuid[], %(versions)s::bigint[]) AS wanted (id, version)
  JOIN stored_events e ON e.originator_id = wanted.id AND e.originator_version = wanted.version;

-- name: insert_events
INSERT INTO stored_events
       (originator_id, originator_version, topic, state, notification_id, recorded_at, mac)
SELECT id, version, topic, state, position, %(recorded_at)s, mac
  FROM unnest(
           %(ids)s::uuid[], %(versions)s::bigint[], %(topics)s::text[], %(states)s::bytea[],
           %(positions)s::bigint[], %(macs)s::bytea[]
       ) AS nouveau (id, version, topic, state, position, mac);

-- name: copy_events
COPY stored_events (originator_id, originator_version, topic, state, notification_id, recorded_at, mac)
FROM STDIN (FORMAT BINARY);

-- name: first_events
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
  FROM stored_events
 WHERE originator_id = ANY(%(streams)s)
   AND originator_version = 1;

-- name: all_events
SELECT originator_id, originator_version, topic, state, notification_id
  FROM stored_events
 WHERE originator_id = ANY(%(streams)s)
 ORDER BY originator_id, originator_version;

-- name: head
SELECT position, recorded_at, mac FROM journal_head WHERE is_head;

-- name: page
-- Events after a position, in order.
SELECT notification_id, recorded_at, originator_id, topic, state
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
 ORDER BY notification_id
 LIMIT %(limit)s;

-- name: read_by_index
-- Statistics that lag behind a growing journal would have PostgreSQL sort all of it before the first event.
SET enable_sort = off;

-- name: range_of_sujet
-- Of a range of positions, the events whose state holds these bytes, in order.
SELECT notification_id, recorded_at, originator_id, topic, state
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
   AND position(%(sujet)s::bytea IN state) > 0
 ORDER BY notification_id;

-- name: range
-- Every event of a range of positions, in order.
SELECT notification_id, recorded_at, originator_id, topic, state
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
 ORDER BY notification_id;
