-- name: find_member
-- A member that some recorded message names, from the keyed hash of her number; and how far the projection has read.
SELECT m.sujet,
       coalesce((SELECT max(notification_id) FROM notification_tracking WHERE application_name = 'dossiers'), 0)
           AS projected
  FROM cle_adherent m
 WHERE m.numero_empreinte = %(numero_empreinte)s
   AND (EXISTS (SELECT FROM read_decompte d WHERE d.sujet = m.sujet)
        OR EXISTS (SELECT FROM read_annulation a WHERE a.sujet = m.sujet)
        OR EXISTS (SELECT FROM read_adherent r WHERE r.sujet = m.sujet));

-- name: news
-- What became readable of these members after where each of them stands, in the order of positions; a few at a time.
SELECT ouvert.sujet, nouveau.position
  FROM unnest(%(sujets)s::uuid[], %(apres)s::bigint[]) AS ouvert (sujet, apres)
 CROSS JOIN LATERAL (
       SELECT position FROM read_decompte d WHERE d.sujet = ouvert.sujet AND d.position > ouvert.apres
        UNION ALL
       SELECT position FROM read_annulation a WHERE a.sujet = ouvert.sujet AND a.position > ouvert.apres
        ORDER BY position
        LIMIT %(limit)s) AS nouveau
 ORDER BY ouvert.sujet, nouveau.position;
