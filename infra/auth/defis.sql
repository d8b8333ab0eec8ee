-- name: begin
INSERT INTO acces_defi (id, empreinte, usage, compte, code_empreinte, cree_at, expire_at)
VALUES (%(id)s, %(empreinte)s, %(usage)s, %(compte)s, %(code_empreinte)s, %(now)s, %(expire_at)s);

-- name: find
SELECT id, usage, compte, code_empreinte, essais, second_at, confirme_at
  FROM acces_defi
 WHERE empreinte = %(empreinte)s
   AND usage = ANY(%(usages)s)
   AND consomme_at IS NULL
   AND expire_at > %(now)s
   FOR UPDATE;

-- name: count_try
UPDATE acces_defi
   SET essais = essais + 1
 WHERE id = %(id)s;

-- name: confirm
UPDATE acces_defi
   SET confirme_at = %(now)s, code_empreinte = %(code_empreinte)s, expire_at = %(expire_at)s,
       second_at = coalesce(%(second_at)s, second_at)
 WHERE id = %(id)s;

-- name: consume
UPDATE acces_defi
   SET consomme_at = %(now)s
 WHERE id = %(id)s;

-- name: forget_letters
UPDATE acces_lettre
   SET expire_at = %(now)s
 WHERE compte = %(compte)s
   AND usage = %(usage)s
   AND utilisee_at IS NULL
   AND expire_at > %(now)s;

-- name: write_letter
INSERT INTO acces_lettre (id, compte, usage, empreinte, cree_at, expire_at)
VALUES (%(id)s, %(compte)s, %(usage)s, %(empreinte)s, %(now)s, %(expire_at)s);

-- name: use_letter
UPDATE acces_lettre
   SET utilisee_at = %(now)s
 WHERE compte = %(compte)s
   AND usage = %(usage)s
   AND empreinte = %(empreinte)s
   AND utilisee_at IS NULL
   AND expire_at > %(now)s;

-- name: use_link
UPDATE acces_lettre
   SET utilisee_at = %(now)s
 WHERE usage = %(usage)s
   AND empreinte = %(empreinte)s
   AND utilisee_at IS NULL
   AND expire_at > %(now)s
RETURNING compte;

-- name: purge
DELETE FROM acces_defi
 WHERE expire_at <= %(now)s;

-- name: purge_letters
DELETE FROM acces_lettre
 WHERE expire_at <= %(now)s;

-- name: has_letter
SELECT 1
  FROM acces_lettre
 WHERE compte = %(compte)s
   AND usage = %(usage)s
   AND empreinte = %(empreinte)s
   AND utilisee_at IS NULL
   AND expire_at > %(now)s;
