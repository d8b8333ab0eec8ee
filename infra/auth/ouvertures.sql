-- name: insert
INSERT INTO acces_session (id, empreinte, compte, cree_at, vue_at, expire_at, enrolement_at, client_scelle)
VALUES (%(id)s, %(empreinte)s, %(compte)s, %(now)s, %(now)s, %(expire_at)s, %(enrolement_at)s, %(client_scelle)s);

-- name: trim
-- Room for one more: those seen longest ago end.
DELETE FROM acces_session
 WHERE id IN (SELECT id
                FROM acces_session
               WHERE compte = %(compte)s
               ORDER BY vue_at DESC, id
              OFFSET %(kept)s);

-- name: find
SELECT s.id, s.empreinte, s.compte, s.cree_at, s.vue_at, s.expire_at, s.second_at, s.enrolement_at,
       c.role, c.sujet, c.identite_scellee,
       c.totp_scelle IS NOT NULL OR EXISTS (SELECT 1 FROM acces_passkey p WHERE p.compte = c.id) AS has_second_factor
  FROM acces_session s
  JOIN compte c ON c.id = s.compte
 WHERE s.empreinte = %(empreinte)s
   AND s.expire_at > %(now)s
   AND s.vue_at > CASE WHEN c.role = 'adherent' THEN %(idle)s ELSE %(house_idle)s END
   AND c.ferme_at IS NULL;

-- name: reread
SELECT s.id, s.empreinte, s.compte, s.cree_at, s.vue_at, s.expire_at, s.second_at, s.enrolement_at,
       c.role, c.sujet, c.identite_scellee,
       c.totp_scelle IS NOT NULL OR EXISTS (SELECT 1 FROM acces_passkey p WHERE p.compte = c.id) AS has_second_factor
  FROM acces_session s
  JOIN compte c ON c.id = s.compte
 WHERE s.id = %(id)s
   AND s.expire_at > %(now)s
   AND s.vue_at > CASE WHEN c.role = 'adherent' THEN %(idle)s ELSE %(house_idle)s END
   AND c.ferme_at IS NULL;

-- name: touch
UPDATE acces_session
   SET vue_at = greatest(vue_at, %(now)s)
 WHERE id = %(id)s;

-- name: rotate
UPDATE acces_session
   SET empreinte = %(empreinte)s,
       vue_at = %(now)s,
       second_at = coalesce(%(second_at)s, second_at),
       enrolement_at = coalesce(%(enrolement_at)s, enrolement_at),
       totp_scelle = NULL
 WHERE id = %(id)s;

-- name: allow_enrolment
UPDATE acces_session
   SET enrolement_at = %(now)s
 WHERE id = %(id)s;

-- name: keep_pending
UPDATE acces_session
   SET totp_scelle = %(totp_scelle)s
 WHERE id = %(id)s;

-- name: pending
SELECT totp_scelle
  FROM acces_session
 WHERE id = %(id)s
   FOR UPDATE;

-- name: keep_challenge
UPDATE acces_session
   SET passkey_defi = %(defi)s, passkey_defi_at = %(now)s
 WHERE id = %(id)s;

-- name: take_challenge
-- A challenge is answered once, rightly or not.
WITH pris AS (
    SELECT id, passkey_defi, passkey_defi_at
      FROM acces_session
     WHERE id = %(id)s
       AND passkey_defi IS NOT NULL
       FOR UPDATE
), rendu AS (
    UPDATE acces_session s
       SET passkey_defi = NULL, passkey_defi_at = NULL
      FROM pris
     WHERE s.id = pris.id
)
SELECT passkey_defi
  FROM pris
 WHERE passkey_defi_at > %(since)s;

-- name: listing
SELECT id, cree_at, vue_at, second_at, client_scelle
  FROM acces_session
 WHERE compte = %(compte)s
   AND expire_at > %(now)s
   AND vue_at > CASE WHEN %(role)s = 'adherent' THEN %(idle)s ELSE %(house_idle)s END
 ORDER BY vue_at DESC, id;

-- name: end
DELETE FROM acces_session
 WHERE compte = %(compte)s
   AND id = %(id)s;

-- name: end_all
DELETE FROM acces_session
 WHERE compte = %(compte)s
   AND (%(but)s::uuid IS NULL OR id <> %(but)s);

-- name: opened_since
SELECT count(*) AS nombre
  FROM acces_session
 WHERE compte = %(compte)s
   AND cree_at > %(since)s;

-- name: purge
DELETE FROM acces_session s
 USING compte c
 WHERE c.id = s.compte
   AND (s.expire_at <= %(now)s
        OR s.vue_at <= CASE WHEN c.role = 'adherent' THEN %(idle)s ELSE %(house_idle)s END);

-- name: live
SELECT 1
  FROM acces_session
 WHERE id = %(id)s
   AND expire_at > %(now)s;

-- name: forget_proofs
UPDATE acces_session
   SET second_at = NULL
 WHERE compte = %(compte)s;
