-- name: applied_migrations
SELECT name, digest
  FROM migration
 ORDER BY name;

-- name: set_aside
-- How many events a projection could not digest.
SELECT count(*) AS ecartes
  FROM evenement_ecarte
 WHERE projection = %(projection)s;
