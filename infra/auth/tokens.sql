-- name: insert
INSERT INTO jeton (id, empreinte, role, numero_empreinte, emetteurs, cree_at, expire_at)
VALUES (%(id)s, %(empreinte)s, %(role)s, %(numero_empreinte)s, %(emetteurs)s, clock_timestamp(), %(expire_at)s);

-- name: find
-- A token in force.
SELECT id, role, numero_empreinte, emetteurs
  FROM jeton
 WHERE empreinte = %(empreinte)s
   AND revoque_at IS NULL
   AND expire_at > clock_timestamp();

-- name: revoke
UPDATE jeton
   SET revoque_at = clock_timestamp()
 WHERE id = %(id)s
   AND revoque_at IS NULL;

-- name: list
SELECT id, role, emetteurs, cree_at, expire_at, revoque_at
  FROM jeton
 ORDER BY cree_at, id;
