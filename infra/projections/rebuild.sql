-- name: take_turn
SELECT pg_try_advisory_xact_lock(7311042003) AS taken;

-- name: live_position
SELECT notification_id AS position FROM notification_tracking WHERE application_name = %(projection)s;

-- name: hold_live_position
-- The live worker writes its position with each batch: holding the row holds the worker, until the swap commits.
SELECT notification_id AS position
  FROM notification_tracking
 WHERE application_name = %(projection)s
   FOR UPDATE;

-- name: move_live_position
INSERT INTO notification_tracking (application_name, notification_id)
VALUES (%(projection)s, %(position)s)
ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id;

-- name: forget_set_aside
DELETE FROM evenement_ecarte WHERE projection = %(projection)s;
