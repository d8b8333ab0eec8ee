-- name: moment_of_position
-- Where the journal ends, and when the last event up to a position was recorded (NULL before the first one).
SELECT coalesce((SELECT position FROM journal_head WHERE is_head), 0) AS head,
       %(position)s::bigint AS position,
       (SELECT recorded_at
          FROM stored_events
         WHERE notification_id <= %(position)s
         ORDER BY notification_id DESC
         LIMIT 1) AS recorded_at;

-- name: moment_of_instant
-- Where the journal ends, and the last event recorded at or before an instant (0 before the first one). Instants never
-- go back along positions, so it is found by halving: some twenty look-ups by key, whatever the length of the journal.
WITH RECURSIVE bornes (bas, haut) AS (
    SELECT 0::bigint, position
      FROM journal_head
     WHERE is_head
     UNION ALL
    SELECT CASE WHEN m.is_up_to THEN m.milieu ELSE b.bas END,
           CASE WHEN m.is_up_to THEN b.haut ELSE m.milieu - 1 END
      FROM bornes b
     CROSS JOIN LATERAL (
           SELECT (b.bas + b.haut + 1) / 2 AS milieu,
                  coalesce((SELECT recorded_at
                              FROM stored_events
                             WHERE notification_id <= (b.bas + b.haut + 1) / 2
                             ORDER BY notification_id DESC
                             LIMIT 1) <= %(instant)s::timestamptz, true) AS is_up_to
           ) m
     WHERE b.bas < b.haut
)
SELECT coalesce((SELECT position FROM journal_head WHERE is_head), 0) AS head,
       coalesce((SELECT bas FROM bornes WHERE bas = haut), 0) AS position,
       %(instant)s::timestamptz AS recorded_at;
