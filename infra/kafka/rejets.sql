-- name: next_rejets
-- Those that nobody else is announcing now, in the order of their partitions.
SELECT topic, partition, message_offset, code, quarantaine, refuse_at
  FROM kafka_rejet
 ORDER BY topic, partition, message_offset
 LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED;

-- name: forget_rejets
DELETE FROM kafka_rejet
 USING unnest(%(topics)s::text[], %(partitions)s::integer[], %(offsets)s::bigint[])
       AS annonce (topic, partition, message_offset)
 WHERE kafka_rejet.topic = annonce.topic
   AND kafka_rejet.partition = annonce.partition
   AND kafka_rejet.message_offset = annonce.message_offset;
