-- name: insert
-- Looks take the places that follow, and leave their hash beside them; the head is held until the commit, so places have
-- no gap and are in the order of commits.
WITH regards AS (
    SELECT r.at, r.acteur, r.role, m.sujet, r.action, r.motif, r.nombre, r.sel,
           row_number() OVER (ORDER BY r.at, r.n) AS n
      FROM unnest(%(at)s::timestamptz[], %(acteurs)s::text[], %(roles)s::text[], %(numeros)s::bytea[],
                  %(actions)s::text[], %(nombres)s::integer[], %(motifs)s::bytea[], %(sels)s::bytea[])
           WITH ORDINALITY AS r (at, acteur, role, numero, action, nombre, motif, sel, n)
      LEFT JOIN cle_adherent m ON m.numero_empreinte = r.numero
), tete AS (
    UPDATE acces_tete
       SET rang = rang + (SELECT count(*) FROM regards)
 RETURNING rang - (SELECT count(*) FROM regards) AS avant
), feuilles AS (
    INSERT INTO acces_feuille (rang, jour, hachage)
    SELECT avant + n, (at AT TIME ZONE 'UTC')::date,
           acces_hachage(sel, at, acteur, role, sujet, action, motif, nombre)
      FROM regards, tete
)
INSERT INTO acces_journal (at, acteur, role, sujet, action, motif_scelle, nombre, rang, sel)
SELECT at, acteur, role, sujet, action, motif, nombre, avant + n, sel
  FROM regards, tete
 ORDER BY n;

-- name: announce
SELECT pg_notify('acces_journal', '');

-- name: page
-- Looks from the newest to the oldest, from a place on; of one member, by one actor, in one role, within a time.
SELECT at, acteur, role, sujet, action, motif_scelle, nombre, rang, sel
  FROM acces_journal
 WHERE (%(avant)s::bigint IS NULL OR rang < %(avant)s)
   AND (%(sujet)s::uuid IS NULL OR sujet = %(sujet)s)
   AND (%(acteur)s::text IS NULL OR acteur = %(acteur)s)
   AND (%(role)s::text IS NULL OR role = %(role)s)
   AND (%(du)s::timestamptz IS NULL OR at >= %(du)s)
   AND (%(au)s::timestamptz IS NULL OR at < %(au)s)
 ORDER BY rang DESC
 LIMIT %(limit)s;

-- name: purge
-- Never younger than six months: the table itself refuses that.
DELETE FROM acces_journal
 WHERE at < clock_timestamp() - make_interval(days => %(days)s)
   AND at < clock_timestamp() - interval '6 months';

-- name: end
SELECT rang FROM acces_tete WHERE is_tete;

-- name: feuilles
-- What stays of the looks of the places (after, upto], with the looks that are still there.
SELECT f.rang, f.jour, f.hachage, j.at, j.acteur, j.role, j.sujet, j.action, j.motif_scelle, j.nombre, j.sel
  FROM acces_feuille f
  LEFT JOIN acces_journal j ON j.rang = f.rang
 WHERE f.rang > %(after)s
   AND f.rang <= %(upto)s
 ORDER BY f.rang;

-- name: sans_feuille
-- Looks of which no hash was kept: added behind the back of the program.
SELECT rang
  FROM acces_journal j
 WHERE NOT EXISTS (SELECT FROM acces_feuille f WHERE f.rang = j.rang)
 ORDER BY rang;
