-- name: consentements
-- Every choice of one person of a contract, the first one first. beneficiaire null: the holder.
SELECT objet, accorde, at
  FROM acces_consentement
 WHERE sujet = %(sujet)s
   AND beneficiaire IS NOT DISTINCT FROM %(beneficiaire)s
 ORDER BY id;
