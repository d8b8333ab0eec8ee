-- name: keep
-- The same bytes under the same code are kept once, with a count.
INSERT INTO quarantaine
       (id, code, empreinte, recu_at, dernier_recu_at, origine, ligne, nombre, deposants, scelle)
VALUES (%(id)s, %(code)s, %(empreinte)s, clock_timestamp(), clock_timestamp(), %(origine)s, %(ligne)s, 1,
        ARRAY[%(deposant)s::text], %(scelle)s)
ON CONFLICT (code, empreinte) DO UPDATE
   SET nombre = quarantaine.nombre + 1,
       dernier_recu_at = clock_timestamp(),
       deposants = CASE WHEN %(deposant)s = ANY(quarantaine.deposants) THEN quarantaine.deposants
                        ELSE quarantaine.deposants || %(deposant)s::text END
RETURNING id;

-- name: page
-- Newest first, after a cursor; of one depositor or under one code only, when given. Stops before the rows that
-- would make the page heavier than bytes_max; `candidats` counts those that would have been on it.
SELECT id, code, recu_at, dernier_recu_at, origine, ligne, nombre, scelle, rejoue_at, rejoue_par, candidats
  FROM (SELECT p.*,
               count(*) OVER () AS candidats,
               sum(octet_length(scelle)) OVER (ORDER BY recu_at DESC, id DESC) - octet_length(scelle) AS bytes_before
          FROM (SELECT id, code, recu_at, dernier_recu_at, origine, ligne, nombre, scelle, rejoue_at, rejoue_par
                  FROM quarantaine
                 WHERE (%(deposant)s::text IS NULL OR %(deposant)s = ANY(deposants))
                   AND (%(code)s::text IS NULL OR code = %(code)s)
                   AND (%(before_at)s::timestamptz IS NULL OR (recu_at, id) < (%(before_at)s, %(before_id)s::uuid))
                 ORDER BY recu_at DESC, id DESC
                 LIMIT %(limit)s) p) q
 WHERE bytes_before < %(bytes_max)s
 ORDER BY recu_at DESC, id DESC;

-- name: one
SELECT id, code, recu_at, dernier_recu_at, origine, ligne, nombre, scelle, rejoue_at, rejoue_par
  FROM quarantaine
 WHERE id = %(id)s
   AND (%(deposant)s::text IS NULL OR %(deposant)s = ANY(deposants));

-- name: mark_replayed
UPDATE quarantaine
   SET rejoue_at = clock_timestamp(), rejoue_par = %(rejoue_par)s
 WHERE id = %(id)s;

-- name: purge
DELETE FROM quarantaine
 WHERE dernier_recu_at < clock_timestamp() - make_interval(days => %(days)s);

-- name: all
SELECT id, code, recu_at, dernier_recu_at, origine, ligne, nombre, scelle, rejoue_at, rejoue_par
  FROM quarantaine
 ORDER BY recu_at, id;

-- name: after
-- Every message, a handful at a time, in the order of their ids.
SELECT id, code, recu_at, dernier_recu_at, origine, ligne, nombre, scelle, rejoue_at, rejoue_par
  FROM quarantaine
 WHERE %(after)s::uuid IS NULL OR id > %(after)s::uuid
 ORDER BY id
 LIMIT %(limit)s;
