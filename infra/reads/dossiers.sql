-- name: member_rows
-- Everything known of one member at a position, from the keyed hash of her number: one statement, one snapshot. The
-- first row says how far the projection has read (in emetteur) and the generation of the read rows (in reference),
-- with the row that wraps her key.
WITH membre AS MATERIALIZED (
    SELECT sujet, numero_empreinte, cle_enveloppee, cree_at, mac
      FROM cle_adherent
     WHERE numero_empreinte = %(numero_empreinte)s
)
SELECT 'position' AS nature, NULL::bigint AS position, NULL::smallint AS version, NULL::timestamptz AS enregistre_at,
       t.projected::text AS emetteur, t.generation::text AS reference, NULL AS payeur, NULL::smallint AS rang,
       NULL::date AS jour, NULL AS destinataire, NULL::bigint AS total_centimes, NULL AS virement, NULL AS organisme,
       NULL AS sinistre, NULL AS annule, NULL AS lignes, NULL::bytea AS scelle,
       m.sujet, m.numero_empreinte, m.cle_enveloppee, m.cree_at, m.mac
  FROM (SELECT position AS projected,
               coalesce((SELECT generation FROM document_generation), 0) AS generation
          FROM projection_position) t
  LEFT JOIN membre m ON true
 UNION ALL
SELECT 'decompte', position, version, enregistre_at, emetteur, reference, payeur, rang, date_paiement, destinataire,
       total_centimes, virement, organisme, sinistre, NULL, lignes::text, scelle, NULL, NULL, NULL, NULL, NULL
  FROM read_decompte
 WHERE sujet = (SELECT sujet FROM membre)
   AND position <= %(au)s
 UNION ALL
SELECT 'annulation', position, version, enregistre_at, emetteur, reference, NULL, NULL, date_annulation, NULL,
       NULL, NULL, NULL, NULL, annule, NULL, scelle, NULL, NULL, NULL, NULL, NULL
  FROM read_annulation
 WHERE sujet = (SELECT sujet FROM membre)
   AND position <= %(au)s
 UNION ALL
SELECT 'adherent', position, version, enregistre_at, emetteur, originator_id::text, NULL, NULL, date_effet, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, scelle, NULL, NULL, NULL, NULL, NULL
  FROM read_adherent
 WHERE sujet = (SELECT sujet FROM membre)
   AND position <= %(au)s;

-- name: projected
SELECT position FROM projection_position;
