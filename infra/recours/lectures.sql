-- name: rows_of_sujets
-- Everything known of some members at a position, recoveries and steps of sinistres included: one statement, one snapshot. The columns
-- are those of member_rows, where a step has its event in emetteur and its stream in payeur. The first row says how far
-- the projection has read of what is asked for; what is known of members whose bucket is further waits for the others, so
-- that all are known at one position.
SELECT NULL::uuid AS sujet, 'position' AS nature,
       least(p.position, %(au)s::bigint) AS position,
       NULL::smallint AS version, NULL::timestamptz AS enregistre_at, NULL AS emetteur, NULL AS reference,
       NULL AS payeur, NULL::smallint AS rang, NULL::date AS jour, NULL AS destinataire, NULL::bigint AS total_centimes,
       NULL AS virement, NULL AS organisme, NULL AS sinistre, NULL AS annule, NULL AS lignes, NULL::bytea AS scelle
  FROM projection_position p
 UNION ALL
SELECT sujet, 'decompte', position, version, enregistre_at, emetteur, reference, payeur, rang, date_paiement,
       destinataire, total_centimes, virement, organisme, sinistre, NULL, lignes::text, scelle
  FROM read_decompte
 WHERE sujet = ANY(%(sujets)s)
   AND position <= least(%(au)s, (SELECT position FROM projection_position))
   AND (%(is_whole)s OR sinistre IS NOT NULL)
 UNION ALL
SELECT sujet, 'annulation', position, version, enregistre_at, emetteur, reference, NULL, NULL, date_annulation,
       NULL, NULL, NULL, NULL, NULL, annule, NULL, scelle
  FROM read_annulation
 WHERE sujet = ANY(%(sujets)s)
   AND position <= least(%(au)s, (SELECT position FROM projection_position))
 UNION ALL
SELECT sujet, 'adherent', position, version, enregistre_at, emetteur, originator_id::text, NULL, NULL, date_effet,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, scelle
  FROM read_adherent
 WHERE sujet = ANY(%(sujets)s)
   AND position <= least(%(au)s, (SELECT position FROM projection_position))
   AND %(is_whole)s
 UNION ALL
SELECT sujet, 'recours', position, version, enregistre_at, evenement, reference, originator_id::text, NULL, NULL,
       NULL, NULL, NULL, NULL, reference, NULL, faits::text, scelle
  FROM read_recours
 WHERE sujet = ANY(%(sujets)s)
   AND position <= least(%(au)s, (SELECT position FROM projection_position))
   AND starts_with(evenement, 'sinistre.');

-- name: sinistres_after
-- A page of the worklist of a position, the oldest declaration first.
SELECT sujet, reference, enregistre_at, originator_id
  FROM read_recours
 WHERE evenement = 'sinistre.declared'
   AND position <= least(%(au)s, (SELECT position FROM projection_position))
   AND (%(after_at)s::timestamptz IS NULL
        OR (enregistre_at, originator_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid))
 ORDER BY enregistre_at, originator_id
 LIMIT %(limit)s;

-- name: sujet_of_sinistre
-- Whose a sinistre is, from its stream.
SELECT convert_from(state, 'UTF8')::json ->> 'sujet' AS sujet
  FROM stored_events
 WHERE originator_id = %(stream)s
   AND originator_version = 1;

-- name: sujets_of_recours
-- Every member with a sinistre or a recovery at a position.
SELECT DISTINCT sujet
  FROM read_recours
 WHERE position <= least(%(au)s, (SELECT position FROM projection_position))
   AND (starts_with(evenement, 'sinistre.') OR starts_with(evenement, 'decompte.'))
 ORDER BY sujet;

-- name: sujets_without_sinistre
-- Members with recoveries, in the order of their tokens, for gaps about sinistres that nobody opened.
SELECT DISTINCT r.sujet
  FROM read_recours r
 WHERE starts_with(r.evenement, 'decompte.')
   AND NOT EXISTS (
           SELECT FROM read_recours d
            WHERE d.sujet = r.sujet
              AND d.reference = r.reference
              AND d.evenement = 'sinistre.declared'
       )
 ORDER BY r.sujet;

-- name: bordereau_rows
-- The steps of one bordereau, in order.
SELECT position, version, enregistre_at, originator_id, evenement, reference, faits::text AS faits, scelle
  FROM read_recours
 WHERE sujet = %(sujet)s
   AND reference = %(reference)s
 ORDER BY position;

-- name: bordereaux
-- Every bordereau, the newest first: what it has, what was taken of it, what waits for a person.
SELECT reference,
       min(enregistre_at) AS recu_at,
       max((faits ->> 'lignes')::bigint) AS lignes,
       max((faits ->> 'total')::bigint) AS total,
       count(*) FILTER (WHERE evenement = 'bordereau.ligne_classed') AS prises,
       count(*) FILTER (WHERE evenement = 'bordereau.ligne_classed'
                          AND faits ->> 'classe' <> ALL(%(encaissees)s))
           - count(*) FILTER (WHERE evenement = 'bordereau.ecart_resolved') AS ouvertes
  FROM read_recours
 WHERE sujet = %(sujet)s
 GROUP BY reference
 ORDER BY max(position) FILTER (WHERE evenement = 'bordereau.received') DESC
 LIMIT %(limit)s;

-- name: sujets_after
-- A page of all members, in the order of their tokens.
SELECT sujet
  FROM cle_adherent
 WHERE %(after)s::uuid IS NULL OR sujet > %(after)s::uuid
 ORDER BY sujet
 LIMIT %(limit)s;
