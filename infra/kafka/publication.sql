-- name: begin
INSERT INTO kafka_publication (topic, position, owner, published_at)
VALUES (%(topic)s, 0, %(owner)s, clock_timestamp())
ON CONFLICT (topic) DO UPDATE SET owner = EXCLUDED.owner
RETURNING position;

-- name: advance
-- Never back: what was acknowledged stays acknowledged.
UPDATE kafka_publication
   SET position = %(position)s, published_at = clock_timestamp()
 WHERE topic = %(topic)s
   AND owner = %(owner)s
   AND position < %(position)s;

-- name: elect
SELECT pg_try_advisory_lock(%(class)s, 0) AS elected;
