-- name: take
-- Whoever holds the advisory lock becomes the owner: from now on the epoch of the one before is too small.
INSERT INTO kafka_partition
       (topic, partition, topic_id, next_offset, epoch, owner, taken_at, end_offset, end_seen_at)
VALUES (%(topic)s, %(partition)s, %(topic_id)s, %(begin)s, 1, %(owner)s, clock_timestamp(), %(end)s, clock_timestamp())
ON CONFLICT (topic, partition) DO UPDATE
   SET epoch = kafka_partition.epoch + 1,
       owner = EXCLUDED.owner,
       taken_at = EXCLUDED.taken_at
RETURNING topic_id, next_offset, epoch, fault;

-- name: move
-- Only from where this owner left it: nothing otherwise, and then whoever asks is no longer the owner.
UPDATE kafka_partition
   SET next_offset = %(next)s,
       message_at = %(message_at)s,
       end_offset = greatest(%(end)s, %(next)s),
       end_seen_at = clock_timestamp(),
       caught_up_at = CASE WHEN %(next)s >= %(end)s THEN clock_timestamp() ELSE caught_up_at END
 WHERE topic = %(topic)s
   AND partition = %(partition)s
   AND next_offset = %(expected)s
   AND epoch = %(epoch)s
   AND fault IS NULL;

-- name: keep_rejets
INSERT INTO kafka_rejet (topic, partition, message_offset, code, quarantaine, refuse_at)
SELECT %(topic)s, %(partition)s, refus.message_offset, refus.code, refus.quarantaine, clock_timestamp()
  FROM unnest(%(offsets)s::bigint[], %(codes)s::text[], %(quarantaines)s::uuid[])
       AS refus (message_offset, code, quarantaine);

-- name: see_ends
-- What the owner knows of partitions at rest: how far they go.
UPDATE kafka_partition p
   SET end_offset = greatest(seen.end_offset, p.next_offset),
       end_seen_at = clock_timestamp(),
       caught_up_at = CASE WHEN p.next_offset >= seen.end_offset THEN clock_timestamp() ELSE p.caught_up_at END
  FROM unnest(%(partitions)s::integer[], %(epochs)s::bigint[], %(ends)s::bigint[])
       AS seen (partition, epoch, end_offset)
 WHERE p.topic = %(topic)s
   AND p.partition = seen.partition
   AND p.epoch = seen.epoch;

-- name: stop
UPDATE kafka_partition
   SET fault = %(fault)s
 WHERE topic = %(topic)s
   AND partition = %(partition)s
   AND epoch = %(epoch)s;

-- name: faults
SELECT partition, fault
  FROM kafka_partition
 WHERE topic = %(topic)s
   AND partition = ANY(%(partitions)s)
 ORDER BY partition;

-- name: where
SELECT next_offset
  FROM kafka_partition
 WHERE topic = %(topic)s
   AND partition = %(partition)s
   FOR UPDATE;

-- name: resume_at
-- A person has looked: go on from here. The epoch moves, so that whoever owns it now reads it anew.
UPDATE kafka_partition
   SET next_offset = %(next)s,
       topic_id = %(topic_id)s,
       end_offset = %(end)s,
       epoch = epoch + 1,
       fault = NULL
 WHERE topic = %(topic)s
   AND partition = %(partition)s;

-- name: holders
-- Which sessions of this database hold which of our locks: workers by their process, partitions by their number.
SELECT classid::bigint AS class, objid::bigint AS number, pid
  FROM pg_locks
 WHERE locktype = 'advisory'
   AND objsubid = 2
   AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND classid = ANY(ARRAY[%(workers)s, %(partitions)s]::oid[])
 ORDER BY class, number;
