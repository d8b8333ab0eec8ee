-- name: join
-- The place after those of the buckets: whoever shares it is a worker that wants its part of them.
SELECT pg_advisory_lock_shared(%(space)s, %(place)s);

-- name: holders
-- Which sessions hold which places, this one among them.
SELECT pid, objid::int AS place, pid = pg_backend_pid() AS is_own
  FROM pg_locks
 WHERE locktype = 'advisory'
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND classid::bigint = %(space)s
   AND objsubid = 2
   AND granted
 ORDER BY pid, place;

-- name: take
SELECT place
  FROM unnest(%(places)s::int[]) AS place
 WHERE pg_try_advisory_lock(%(space)s, place)
 ORDER BY place;

-- name: release
SELECT pg_advisory_unlock(%(space)s, place) FROM unnest(%(places)s::int[]) AS place;

-- name: call
-- The other workers look at once.
SELECT pg_notify('projection_seaux', '');

-- name: divide
-- Parts are divided and joined by one at a time: who looks at them afterwards sees all of them.
SELECT pg_advisory_xact_lock(7311042080);

-- name: parts
-- The parts that some of these buckets are in; held, so that nobody moves them meanwhile.
SELECT application_name AS name, notification_id AS position
  FROM notification_tracking
 WHERE application_name ~ %(pattern)s
 ORDER BY application_name
   FOR UPDATE;

-- name: drop_parts
DELETE FROM notification_tracking WHERE application_name = ANY(%(names)s);

-- name: make_part
INSERT INTO notification_tracking (application_name, notification_id) VALUES (%(name)s, %(position)s);
