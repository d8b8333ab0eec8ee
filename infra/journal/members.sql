-- name: keys_of_numeros
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac,
       (SELECT generation FROM cle_generation) AS generation
  FROM cle_adherent
 WHERE numero_empreinte = ANY(%(empreintes)s);

-- name: keys_of_sujets
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac,
       (SELECT generation FROM cle_generation) AS generation
  FROM cle_adherent
 WHERE sujet = ANY(%(sujets)s);

-- name: hold_master_key
SELECT pg_advisory_xact_lock_shared(%(lock)s);

-- name: insert_keys
-- The first to name a member wins; the others read what it wrote. Nothing under a master key that is not in force.
INSERT INTO cle_adherent (sujet, numero_empreinte, cle_enveloppee, cree_at, mac)
SELECT sujet, empreinte, enveloppe, %(cree_at)s, mac
  FROM unnest(%(sujets)s::uuid[], %(empreintes)s::bytea[], %(enveloppes)s::bytea[], %(macs)s::bytea[])
       AS nouvelle (sujet, empreinte, enveloppe, mac)
 WHERE EXISTS (SELECT FROM reglage WHERE nom = 'controle_cle_maitre' AND valeur = %(controle)s)
 ORDER BY empreinte
ON CONFLICT (numero_empreinte) DO NOTHING
RETURNING numero_empreinte, (SELECT generation FROM cle_generation) AS generation;

-- name: all_keys
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 ORDER BY sujet;

-- name: generation
SELECT generation FROM cle_generation;

-- name: lock_key
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 WHERE sujet = %(sujet)s
   FOR UPDATE;

-- name: destroy_key
-- The row stays. Whoever keeps keys at hand sees by the generation that one is gone.
WITH detruite AS (
    UPDATE cle_adherent
       SET cle_enveloppee = NULL, mac = %(mac)s
     WHERE sujet = %(sujet)s
 RETURNING sujet
)
UPDATE cle_generation
   SET generation = generation + 1
  FROM detruite;
