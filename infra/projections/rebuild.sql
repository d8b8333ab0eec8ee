-- name: prepare_to_build
-- A build is one long write, for which sorting makes the indexes; the system begins to write it out at once, so that
-- the commit has little left to wait for, and those who commit beside it too.
SELECT set_config('maintenance_work_mem', '128MB', true),
       set_config('idle_in_transaction_session_timeout', '0', true),
       set_config('backend_flush_after', '256kB', true);

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

-- name: sample_little
-- Of two columns, a small sample says enough; the usual one takes as long as writing a table of its size.
SET LOCAL default_statistics_target = 10;

-- name: wait_little
-- Behind a lock that is waited for, everybody waits.
SET LOCAL lock_timeout = '200ms';
