-- name: registrations
-- Everything that was ever said of who a member is; which holds is decided by the reader.
SELECT version, originator_id, emetteur, date_effet, scelle
  FROM read_adherent
 WHERE sujet = %(sujet)s
 ORDER BY position;
