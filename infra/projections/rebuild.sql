-- name: prepare_to_build
-- A build is one long write, for which sorting makes the indexes; the system begins to write it out at once, so that
-- the commit has little left to wait for, and those who commit beside it too. While the digests of the live rows are
-- taken on one core, one helper shares those of the new rows, unless the session is to have none. Of two columns a
-- sample of three hundred rows says enough.
SELECT set_config('maintenance_work_mem', '128MB', true),
       set_config('idle_in_transaction_session_timeout', '0', true),
       set_config('backend_flush_after', '256kB', true),
       set_config('max_parallel_maintenance_workers', '0', true),
       set_config('max_parallel_workers_per_gather',
                  least(current_setting('max_parallel_workers_per_gather')::int, 1)::text, true),
       set_config('parallel_setup_cost', '0', true),
       set_config('parallel_tuple_cost', '0', true),
       set_config('default_statistics_target', '1', true);

-- name: take_turn
SELECT pg_try_advisory_xact_lock(7311042003) AS taken;

-- name: read_whole_tables
-- Statistics that lag behind would have an index looked through for rows of which none is left out. Alone: the build
-- has the other core.
SELECT set_config('enable_bitmapscan', 'off', true),
       set_config('enable_indexscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true);

-- name: live_position
SELECT position FROM projection_position;

-- name: hold_division
-- The same lock as in ownership.sql: no part is divided or joined until the swap commits.
SELECT pg_advisory_xact_lock(7311042080);

-- name: hold_live_positions
-- Live workers write the position of their parts with each batch: holding the rows holds the workers, until the swap
-- commits.
SELECT min(held.position) AS smallest, max(held.position) AS largest
  FROM (SELECT notification_id AS position
          FROM notification_tracking
         WHERE starts_with(application_name, %(projection)s || '/')
         ORDER BY application_name
           FOR UPDATE) held;

-- name: move_live_positions
UPDATE notification_tracking
   SET notification_id = %(position)s
 WHERE starts_with(application_name, %(projection)s || '/');

-- name: forget_set_aside
DELETE FROM evenement_ecarte WHERE projection = %(projection)s;

-- name: wait_long
SELECT set_config('lock_timeout', %(lock_timeout)s, true);

-- name: wait_little
-- Behind a lock that is waited for, everybody waits.
SET LOCAL lock_timeout = '200ms';
