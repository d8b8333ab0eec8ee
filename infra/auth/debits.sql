-- name: add
-- One attempt more under each key; locked in one order, so that two attempts never wait for each other.
INSERT INTO acces_debit (cle, fenetre_at, nombre)
SELECT cle, %(fenetre_at)s, 1
  FROM unnest(%(cles)s::bytea[]) AS compte (cle)
 ORDER BY cle
ON CONFLICT (cle, fenetre_at) DO UPDATE SET nombre = acces_debit.nombre + 1
RETURNING cle, nombre;

-- name: purge
DELETE FROM acces_debit
 WHERE fenetre_at < %(before)s;
