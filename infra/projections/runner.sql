-- name: set_aside
INSERT INTO evenement_ecarte (projection, position, topic, erreur, ecarte_at)
VALUES (%(projection)s, %(position)s, %(topic)s, %(erreur)s, clock_timestamp())
ON CONFLICT (projection, position) DO NOTHING;

-- name: lag
-- How far behind the journal a projection is: events, and seconds since the oldest one it has not read.
SELECT h.position AS journal,
       coalesce(t.notification_id, 0) AS position,
       coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8 AS retard_secondes
  FROM journal_head h
  LEFT JOIN notification_tracking t ON t.application_name = %(projection)s
  LEFT JOIN stored_events e ON e.notification_id = coalesce(t.notification_id, 0) + 1
 WHERE h.is_head;

-- name: announce
-- Who waits for read rows is woken by the commit.
SELECT pg_notify('projection', '');
