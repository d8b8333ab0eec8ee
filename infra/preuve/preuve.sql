-- name: begin
INSERT INTO preuve_journal (nom, origine, taille, points, cosignatures, mac)
VALUES (%(nom)s, %(origine)s, 0, 0, 0, %(mac)s)
ON CONFLICT (nom) DO NOTHING;

-- name: head
SELECT nom, origine, taille, points, cosignatures, mac FROM preuve_journal WHERE nom = %(nom)s;

-- name: heads
SELECT nom, origine, taille, points, cosignatures, mac FROM preuve_journal ORDER BY nom;

-- name: take_head
-- Held until the transaction ends: one seals at a time.
SELECT nom, origine, taille, points, cosignatures, mac
  FROM preuve_journal
 WHERE nom = %(nom)s
   FOR UPDATE;

-- name: try_head
-- No row while another one seals.
SELECT nom, origine, taille, points, cosignatures, mac
  FROM preuve_journal
 WHERE nom = %(nom)s
   FOR UPDATE SKIP LOCKED;

-- name: move_head
-- The notification leaves with the commit.
WITH moved AS (
    UPDATE preuve_journal
       SET taille = %(taille)s, points = %(points)s, cosignatures = %(cosignatures)s, mac = %(mac)s
     WHERE nom = %(nom)s
 RETURNING nom
)
SELECT pg_notify('preuve', nom) FROM moved;

-- name: tile
SELECT contenu FROM preuve_tuile WHERE journal = %(journal)s AND niveau = %(niveau)s AND numero = %(numero)s;

-- name: grow_tiles
INSERT INTO preuve_tuile AS t (journal, niveau, numero, contenu)
SELECT %(journal)s, niveau, numero, contenu
  FROM unnest(%(niveaux)s::smallint[], %(numeros)s::bigint[], %(contenus)s::bytea[])
    AS nouveau (niveau, numero, contenu)
    ON CONFLICT (journal, niveau, numero) DO UPDATE SET contenu = t.contenu || EXCLUDED.contenu;

-- name: add_point
INSERT INTO preuve_point (journal, numero, taille, note) VALUES (%(journal)s, %(numero)s, %(taille)s, %(note)s);

-- name: point
SELECT numero, taille, note FROM preuve_point WHERE journal = %(journal)s AND taille = %(taille)s;

-- name: last_point
SELECT numero, taille, note FROM preuve_point WHERE journal = %(journal)s ORDER BY taille DESC LIMIT 1;

-- name: points
-- Checkpoints of more than so many entries, oldest first.
SELECT numero, taille, note
  FROM preuve_point
 WHERE journal = %(journal)s
   AND taille > %(apres)s
 ORDER BY taille
 LIMIT %(limit)s;

-- name: cosignatures_of
SELECT cle, ligne FROM preuve_cosignature WHERE journal = %(journal)s AND taille = %(taille)s ORDER BY numero;

-- name: cosigned_size
-- How far this witness has followed the log, by what it cosigned.
SELECT coalesce(max(taille), 0) AS taille FROM preuve_cosignature WHERE journal = %(journal)s AND cle = %(cle)s;

-- name: add_cosignature
INSERT INTO preuve_cosignature (journal, numero, taille, cle, ligne, mac)
VALUES (%(journal)s, %(numero)s, %(taille)s, %(cle)s, %(ligne)s, %(mac)s);

-- name: all_cosignatures
SELECT journal, numero, taille, cle, ligne, mac FROM preuve_cosignature ORDER BY journal, numero;

-- name: tiles_of_level
SELECT numero, contenu
  FROM preuve_tuile
 WHERE journal = %(journal)s
   AND niveau = %(niveau)s
   AND numero >= %(first)s
   AND numero < %(end)s
 ORDER BY numero;

-- name: inner_tiles
-- The tiles that a checkpoint stands inside of, among these.
SELECT DISTINCT taille / 256 AS numero
  FROM preuve_point
 WHERE journal = %(journal)s
   AND taille > %(first)s
   AND taille < %(end)s
   AND taille %% 256 <> 0;

-- name: extra_tiles
-- Tiles beyond those of a log of this size; `ends` has one bound a level, that of the entries first.
SELECT niveau, numero
  FROM preuve_tuile
 WHERE journal = %(journal)s
   AND numero >= (%(ends)s::bigint[])[niveau + 2]
 ORDER BY niveau, numero;

-- name: unknown_logs
-- Rows of logs that there are not.
SELECT journal, 'preuve_tuile' AS lieu FROM preuve_tuile WHERE journal <> ALL(%(journaux)s)
 UNION
SELECT journal, 'preuve_point' FROM preuve_point WHERE journal <> ALL(%(journaux)s)
 UNION
SELECT journal, 'preuve_cosignature' FROM preuve_cosignature WHERE journal <> ALL(%(journaux)s)
 ORDER BY 1, 2;
