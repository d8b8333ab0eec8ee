-- name: marques
-- Of every member with a sinistre or a recovery: the position of her last read row up to where the projection has read,
-- whether her key is still there, and
-- the generation of the read rows, which grows when they are replaced by others at the same positions. A row that names
-- no member says how far the projection has read when there is none yet.
WITH avancee AS (
    SELECT position AS projected,
           coalesce((SELECT generation FROM document_generation), 0) AS generation
      FROM projection_position
), concernes AS (
    SELECT DISTINCT sujet
      FROM read_recours
     WHERE starts_with(evenement, 'sinistre.')
        OR starts_with(evenement, 'decompte.')
)
SELECT c.sujet,
       greatest(
           (SELECT max(position) FROM read_recours r WHERE r.sujet = c.sujet AND r.position <= v.projected),
           (SELECT max(position) FROM read_decompte d WHERE d.sujet = c.sujet AND d.position <= v.projected),
           (SELECT max(position) FROM read_annulation a WHERE a.sujet = c.sujet AND a.position <= v.projected),
           (SELECT max(position) FROM read_adherent i WHERE i.sujet = c.sujet AND i.position <= v.projected)
       ) AS derniere,
       EXISTS (SELECT FROM cle_adherent k WHERE k.sujet = c.sujet AND k.cle_enveloppee IS NOT NULL) AS a_cle,
       v.generation,
       v.projected
  FROM avancee v
  LEFT JOIN concernes c ON true
 ORDER BY c.sujet;
