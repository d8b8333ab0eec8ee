-- name: position
SELECT position FROM projection_position;

-- name: move
UPDATE notification_tracking
   SET notification_id = %(position)s
 WHERE application_name = %(name)s
   AND notification_id = %(expected)s;

-- name: set_aside
INSERT INTO evenement_ecarte (projection, position, topic, erreur, ecarte_at)
VALUES (%(projection)s, %(position)s, %(topic)s, %(erreur)s, clock_timestamp())
ON CONFLICT (projection, position) DO NOTHING;

-- name: lag
-- How far behind the journal a projection is: events, and seconds since the oldest one it has not read.
SELECT h.position AS journal,
       p.position,
       coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8 AS retard_secondes
  FROM journal_head h
 CROSS JOIN projection_position p
  LEFT JOIN stored_events e ON e.notification_id = p.position + 1
 WHERE h.is_head;

-- name: lag_of_buckets
-- The same of each bucket. Events are those that its worker has not looked at yet, whomever they are about.
SELECT b.bucket AS seau,
       b.position,
       h.position - b.position AS retard_evenements,
       coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8 AS retard_secondes
  FROM journal_head h
 CROSS JOIN projection_bucket b
  LEFT JOIN stored_events e ON e.notification_id = b.position + 1
 WHERE h.is_head
 ORDER BY b.bucket;

-- name: announce
-- Who waits for read rows is woken by the commit.
SELECT pg_notify('projection', '');
