-- name: insert
INSERT INTO acces_journal (at, acteur, role, sujet, action, motif_scelle, nombre)
SELECT r.at, r.acteur, r.role, m.sujet, r.action, r.motif, r.nombre
  FROM unnest(%(at)s::timestamptz[], %(acteurs)s::text[], %(roles)s::text[], %(numeros)s::bytea[], %(actions)s::text[],
              %(nombres)s::integer[], %(motifs)s::bytea[]) AS r (at, acteur, role, numero, action, nombre, motif)
  LEFT JOIN cle_adherent m ON m.numero_empreinte = r.numero
 ORDER BY r.at;

-- name: listing
SELECT at, acteur, role, sujet, action, motif_scelle, nombre
  FROM acces_journal
 WHERE sujet = %(sujet)s
 ORDER BY at DESC, id DESC
 LIMIT %(limit)s;

-- name: purge
-- Never younger than six months: the table itself refuses that.
DELETE FROM acces_journal
 WHERE at < clock_timestamp() - make_interval(days => %(days)s)
   AND at < clock_timestamp() - interval '6 months';
