-- name: insert
INSERT INTO acces_passkey (id, compte, identifiant, cle_publique, compteur, nom_scelle, cree_at)
VALUES (%(id)s, %(compte)s, %(identifiant)s, %(cle_publique)s, %(compteur)s, %(nom_scelle)s, %(now)s)
ON CONFLICT (identifiant) DO NOTHING;

-- name: listing
SELECT id, identifiant, nom_scelle, cree_at, utilisee_at
  FROM acces_passkey
 WHERE compte = %(compte)s
 ORDER BY cree_at, id;

-- name: find
SELECT id, cle_publique, compteur
  FROM acces_passkey
 WHERE compte = %(compte)s
   AND identifiant = %(identifiant)s
   FOR UPDATE;

-- name: use
UPDATE acces_passkey
   SET compteur = %(compteur)s, utilisee_at = %(now)s
 WHERE id = %(id)s;

-- name: remove
DELETE FROM acces_passkey
 WHERE compte = %(compte)s
   AND id = %(id)s;
