-- name: keys_of_numeros
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 WHERE numero_empreinte = ANY(%(empreintes)s);

-- name: keys_of_sujets
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 WHERE sujet = ANY(%(sujets)s);

-- name: insert_keys
-- The first to name a member wins; the others read what it wrote.
INSERT INTO cle_adherent (sujet, numero_empreinte, cle_enveloppee, cree_at, mac)
SELECT sujet, empreinte, enveloppe, %(cree_at)s, mac
  FROM unnest(%(sujets)s::uuid[], %(empreintes)s::bytea[], %(enveloppes)s::bytea[], %(macs)s::bytea[])
       AS nouvelle (sujet, empreinte, enveloppe, mac)
 ORDER BY empreinte
ON CONFLICT (numero_empreinte) DO NOTHING;

-- name: all_keys
SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
  FROM cle_adherent
 ORDER BY sujet;
