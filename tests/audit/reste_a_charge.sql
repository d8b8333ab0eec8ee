-- The rule of the reste à charge over lignes.parquet, written from docs/rules.md alone: an analyst's own reckoning.
WITH en_vigueur AS (
    SELECT sujet, soin_imputation AS soin, payeur, rang, emetteur, reference, nature, montant_centimes AS montant,
           depense_centimes AS depense
      FROM lignes
     WHERE NOT annule AND payeur <> 'recours_tiers'
), payes AS (
    SELECT sujet, soin, payeur, sum(montant) AS paye,
           coalesce(sum(montant) FILTER (nature IN ('prestation', 'complement_local')), 0) AS net
      FROM en_vigueur GROUP BY ALL
), par_decompte AS (
    SELECT sujet, soin, payeur, min(rang) AS rang, sum(depense) AS somme, sum(greatest(depense, 0)) AS positive
      FROM en_vigueur WHERE nature = 'prestation' AND depense IS NOT NULL
     GROUP BY sujet, soin, payeur, emetteur, reference
), annonces AS (
    SELECT sujet, soin, payeur, min(rang) AS rang, least(sum(somme), max(positive)) AS annonce
      FROM par_decompte GROUP BY ALL
), dits AS (
    SELECT sujet, soin, count(*) AS nombre, min(annonce) AS plus_petite,
           coalesce(first(annonce ORDER BY rang, list_position(['regime_obligatoire', 'smi', 'autre_mutuelle'], payeur))
                    FILTER (annonce > 0), 0) AS premiere
      FROM annonces GROUP BY ALL
), soins AS (
    SELECT p.sujet, p.soin,
           sum(paye) FILTER (payeur = 'regime_obligatoire') AS ro,
           sum(paye) FILTER (payeur = 'smi') AS smi,
           sum(paye) FILTER (payeur = 'autre_mutuelle') AS autre,
           sum(paye) AS paye, min(net) < 0 AS est_orphelin
      FROM payes p GROUP BY p.sujet, p.soin
), couverts AS (
    SELECT sujet, soin, greatest(0, -sum(montant)) AS non_couvert
      FROM en_vigueur
     WHERE nature IN ('participation_forfaitaire', 'franchise', 'majoration_hors_parcours') GROUP BY ALL
), depenses AS (
    SELECT s.*, coalesce(c.non_couvert, 0) AS non_couvert,
           CASE WHEN s.est_orphelin OR d.plus_petite < 0 OR d.nombre IS NULL
                THEN s.paye + coalesce(c.non_couvert, 0) ELSE d.premiere END AS depense
      FROM soins s
      LEFT JOIN dits d USING (sujet, soin)
      LEFT JOIN couverts c USING (sujet, soin)
), partages AS (
    SELECT *, greatest(0, paye - (depense - non_couvert)) AS trop_percu FROM depenses
)
SELECT sum(depense)::BIGINT AS depense, coalesce(sum(ro), 0)::BIGINT AS regime_obligatoire, coalesce(sum(smi), 0)::BIGINT AS smi,
       coalesce(sum(autre), 0)::BIGINT AS autre_mutuelle, sum(depense - paye + trop_percu)::BIGINT AS reste_a_charge,
       sum(trop_percu)::BIGINT AS trop_percu
  FROM partages;
