-- name: of_access
SELECT frequence, choisi_at
  FROM notification_preference
 WHERE sujet = %(sujet)s
   AND beneficiaire = %(beneficiaire)s;

-- name: choose
-- A choice counts from its moment on; the same choice again changes nothing.
INSERT INTO notification_preference (sujet, beneficiaire, frequence, depuis, resume_fin, choisi_at)
VALUES (%(sujet)s, %(beneficiaire)s, %(frequence)s, (SELECT coalesce(max(position), 0) FROM journal_head),
        %(resume_fin)s, clock_timestamp())
ON CONFLICT (sujet, beneficiaire) DO UPDATE
   SET frequence = excluded.frequence,
       depuis = excluded.depuis,
       resume_fin = excluded.resume_fin,
       choisi_at = excluded.choisi_at
 WHERE notification_preference.frequence <> excluded.frequence;

-- name: registrations
-- Every registration of these members that is projected, as `infra.reads` reads them.
SELECT sujet, 'adherent' AS nature, position, version, emetteur, originator_id::text AS reference, date_effet AS jour,
       scelle
  FROM read_adherent
 WHERE sujet = ANY(%(sujets)s)
 ORDER BY sujet, position;
