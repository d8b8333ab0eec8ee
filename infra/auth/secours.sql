-- name: forget
DELETE FROM acces_secours
 WHERE compte = %(compte)s;

-- name: insert
INSERT INTO acces_secours (compte, empreinte, cree_at)
SELECT %(compte)s, empreinte, %(now)s
  FROM unnest(%(empreintes)s::bytea[]) AS nouveau (empreinte);

-- name: use
UPDATE acces_secours
   SET utilise_at = %(now)s
 WHERE compte = %(compte)s
   AND empreinte = %(empreinte)s
   AND utilise_at IS NULL;

-- name: left
SELECT count(*) AS nombre
  FROM acces_secours
 WHERE compte = %(compte)s
   AND utilise_at IS NULL;
