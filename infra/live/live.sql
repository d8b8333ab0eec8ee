-- name: find_member
-- A member that some recorded message names, from the keyed hash of her number; and how far her bucket has been read,
-- which may be further than the smallest over all buckets: what is there of her now is no news.
SELECT m.sujet,
       coalesce((SELECT position FROM projection_bucket WHERE bucket = right(m.sujet::text, 1)), 0) AS projected
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
