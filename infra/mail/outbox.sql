-- name: put
-- The first mail of a key is kept; a later one is none. The sender is woken by the commit.
WITH nouveau AS (
    INSERT INTO courriel (id, cle, nature, sujet, etat, scelle, cree_at, expire_at, prochain_at)
    VALUES (%(id)s, %(cle)s, %(nature)s, %(sujet)s, 'en_attente', %(scelle)s, clock_timestamp(), %(expire_at)s,
            clock_timestamp())
    ON CONFLICT (cle) DO NOTHING
    RETURNING id
)
SELECT pg_notify('courriel', '') FROM nouveau;

-- name: listing
-- Newest first, nothing of their content.
SELECT id, nature, etat, motif, cree_at, clos_at, essais, scelle IS NULL AS est_oublie
  FROM courriel
 ORDER BY cree_at DESC, id DESC
 LIMIT %(limit)s;

-- name: one
SELECT id, cle, nature, sujet, etat, motif, cree_at, expire_at, clos_at, essais, message_id, scelle, reponse
  FROM courriel
 WHERE id = %(id)s;

-- name: counts
SELECT etat, count(*) AS nombre
  FROM courriel
 GROUP BY etat
 ORDER BY etat;

-- name: purge
-- What was sent or given up long ago is forgotten; that there was a mail is not.
UPDATE courriel
   SET scelle = NULL, reponse = NULL
 WHERE scelle IS NOT NULL
   AND clos_at < clock_timestamp() - make_interval(days => %(days)s);
