-- name: hold_rows
-- Before the snapshot is taken, which this statement does not do: a rebuild must not swap the tables in between.
LOCK TABLE read_decompte, read_annulation, read_adherent, read_recours IN ACCESS SHARE MODE;

-- name: events
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at, mac
  FROM stored_events
 ORDER BY notification_id, originator_id;

-- name: tracking
SELECT application_name, notification_id FROM notification_tracking ORDER BY application_name;

-- name: set_aside
SELECT projection, position, topic, erreur FROM evenement_ecarte ORDER BY projection, position;

-- name: migrations
SELECT name, digest FROM migration ORDER BY name;
