-- name: close
UPDATE compte
   SET ferme_at = %(now)s
 WHERE id = %(id)s;

-- name: listing
SELECT id, role, identite_scellee, active_at, bloque_at, ferme_at, cree_at,
       totp_scelle IS NOT NULL OR EXISTS (SELECT 1 FROM acces_passkey p WHERE p.compte = compte.id) AS has_second_factor
  FROM compte
 WHERE role <> 'adherent'
 ORDER BY cree_at, id;
