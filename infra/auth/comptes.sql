-- name: find
SELECT id, identite_scellee, role, sujet, beneficiaire, mot_de_passe, totp_scelle, totp_pas, echecs, echecs_second,
       bloque_at, ferme_at, active_at,
       (SELECT count(*) FROM acces_passkey WHERE compte = compte.id) AS passkeys
  FROM compte
 WHERE identite = %(identite)s
   FOR UPDATE;

-- name: get
SELECT id, identite_scellee, role, sujet, beneficiaire, mot_de_passe, totp_scelle, totp_pas, echecs, echecs_second,
       bloque_at, ferme_at, active_at,
       (SELECT count(*) FROM acces_passkey WHERE compte = compte.id) AS passkeys
  FROM compte
 WHERE id = %(id)s
   FOR UPDATE;

-- name: insert
-- Of two that make the same account, the first wins and both find it.
INSERT INTO compte (id, identite, identite_scellee, role, sujet, beneficiaire, cree_at)
VALUES (%(id)s, %(identite)s, %(identite_scellee)s, %(role)s, %(sujet)s, %(beneficiaire)s, %(now)s)
ON CONFLICT (identite) DO NOTHING;

-- name: set_password
UPDATE compte
   SET mot_de_passe = %(mot_de_passe)s, mot_de_passe_at = %(now)s, active_at = coalesce(active_at, %(now)s), echecs = 0
 WHERE id = %(id)s;

-- name: rehash
UPDATE compte
   SET mot_de_passe = %(mot_de_passe)s
 WHERE id = %(id)s
   AND mot_de_passe = %(former)s;

-- name: set_totp
UPDATE compte
   SET totp_scelle = %(totp_scelle)s, totp_pas = %(pas)s, totp_at = %(now)s, echecs_second = 0
 WHERE id = %(id)s;

-- name: use_totp
UPDATE compte
   SET totp_pas = %(pas)s, echecs_second = 0
 WHERE id = %(id)s
   AND (totp_pas IS NULL OR totp_pas < %(pas)s);

-- name: remove_totp
UPDATE compte
   SET totp_scelle = NULL, totp_pas = NULL, totp_at = NULL, echecs_second = 0
 WHERE id = %(id)s;

-- name: remove_passkeys
DELETE FROM acces_passkey
 WHERE compte = %(id)s;

-- name: remove_secours
DELETE FROM acces_secours
 WHERE compte = %(id)s;

-- name: count_failure
UPDATE compte
   SET echecs = echecs + 1
 WHERE id = %(id)s
RETURNING echecs;

-- name: count_failure_second
UPDATE compte
   SET echecs_second = echecs_second + 1
 WHERE id = %(id)s
RETURNING echecs_second AS echecs;

-- name: clear_failures
UPDATE compte
   SET echecs = 0
 WHERE id = %(id)s;

-- name: clear_failures_second
UPDATE compte
   SET echecs_second = 0
 WHERE id = %(id)s;

-- name: block
UPDATE compte
   SET bloque_at = coalesce(bloque_at, %(now)s)
 WHERE id = %(id)s;

-- name: unblock
UPDATE compte
   SET bloque_at = NULL, echecs = 0, echecs_second = 0
 WHERE id = %(id)s;

-- name: known
SELECT 1
  FROM acces_connu
 WHERE compte = %(compte)s
   AND genre = %(genre)s
   AND empreinte = %(empreinte)s;

-- name: remember
INSERT INTO acces_connu (compte, genre, empreinte, vu_at)
VALUES (%(compte)s, %(genre)s, %(empreinte)s, %(now)s)
ON CONFLICT (compte, genre, empreinte) DO UPDATE SET vu_at = excluded.vu_at;

-- name: forget_known
DELETE FROM acces_connu
 WHERE vu_at < %(before)s;
