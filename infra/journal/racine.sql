-- name: settings
SELECT nom, valeur FROM reglage WHERE nom = ANY(%(noms)s);

-- name: begin
-- The first to begin a database wins; the others wait for it, then read what it wrote.
INSERT INTO reglage (nom, valeur) VALUES (%(nom)s, %(valeur)s) ON CONFLICT (nom) DO NOTHING;

-- name: put
INSERT INTO reglage (nom, valeur) VALUES (%(nom)s, %(valeur)s) ON CONFLICT (nom) DO UPDATE SET valeur = excluded.valeur;

-- name: lock
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: count_keys
SELECT count(*) AS nombre FROM cle_adherent;

-- name: keys_after
-- Every member's key, a block at a time; an erasure waits, and finds the row as it is then.
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 WHERE %(after)s::uuid IS NULL OR sujet > %(after)s::uuid
 ORDER BY sujet
 LIMIT %(limit)s
   FOR UPDATE;

-- name: rewrap
UPDATE cle_adherent c
   SET cle_enveloppee = nouvelle.enveloppe, mac = nouvelle.mac
  FROM unnest(%(sujets)s::uuid[], %(enveloppes)s::bytea[], %(macs)s::bytea[]) AS nouvelle (sujet, enveloppe, mac)
 WHERE c.sujet = nouvelle.sujet;
