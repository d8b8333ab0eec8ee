-- name: partitions
-- Nothing waits longer than since the last message taken was written, or since there was last nothing left.
SELECT topic,
       partition,
       next_offset AS "offset",
       greatest(end_offset - next_offset, 0) AS retard_messages,
       CASE WHEN end_offset > next_offset
            THEN greatest(extract(epoch FROM clock_timestamp()
                                             - coalesce(greatest(message_at, caught_up_at), taken_at)), 0)
            ELSE 0
       END::float8 AS retard_secondes,
       owner AS ouvrier,
       extract(epoch FROM clock_timestamp() - end_seen_at)::float8 AS vu_secondes,
       fault AS arret
  FROM kafka_partition
 ORDER BY topic, partition;

-- name: publications
SELECT p.topic,
       p.position,
       greatest(h.position - p.position, 0) AS retard_evenements,
       coalesce(
           (SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)
              FROM stored_events e
             WHERE e.notification_id = p.position + 1),
           0
       )::float8 AS retard_secondes,
       p.owner AS ouvrier
  FROM kafka_publication p, journal_head h
 WHERE h.is_head
 ORDER BY p.topic;

-- name: rejets
SELECT count(*) AS nombre FROM kafka_rejet;
