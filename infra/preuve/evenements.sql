-- name: end
SELECT position FROM journal_head WHERE is_head;

-- name: read_by_index
-- For this transaction: with statistics that lag behind the journal PostgreSQL would sort whole ranges, on disk.
SELECT set_config('enable_sort', 'off', true);

-- name: copy_rows
COPY (
    SELECT originator_id, originator_version, topic, state, notification_id, recorded_at, mac
      FROM stored_events
     WHERE notification_id > {after}
       AND notification_id <= {upto}
     ORDER BY notification_id
) TO STDOUT (FORMAT BINARY);

-- name: row
-- One event's row, whole.
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
  FROM stored_events
 WHERE notification_id = %(position)s;

-- name: rows
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
  FROM stored_events
 WHERE notification_id = ANY(%(positions)s)
 ORDER BY notification_id;

-- name: position_of
-- The first event of a stream.
SELECT notification_id AS position FROM stored_events WHERE originator_id = %(stream)s AND originator_version = 1;
