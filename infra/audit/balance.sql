-- name: hold_rows
-- Before the snapshot is taken, which this statement does not do: a rebuild must not swap the tables in between.
LOCK TABLE read_decompte, read_annulation, read_adherent IN ACCESS SHARE MODE;

-- name: decomptes
-- Every décompte known at a position, what is clear of it, member by member; columns are named as in member_rows.
SELECT sujet, position, enregistre_at, emetteur, reference, payeur, rang, date_paiement AS jour, destinataire,
       total_centimes, virement, organisme, sinistre, lignes::text AS lignes
  FROM read_decompte
 WHERE position <= %(au)s
 ORDER BY sujet, position;

-- name: annulations
SELECT sujet, position, enregistre_at, emetteur, reference, annule, date_annulation AS jour
  FROM read_annulation
 WHERE position <= %(au)s
 ORDER BY sujet, position;

-- name: registrations
-- When each member was first registered.
SELECT sujet, min(position) AS position
  FROM read_adherent
 WHERE position <= %(au)s
 GROUP BY sujet
 ORDER BY sujet;

-- name: place
-- How many décomptes there are up to a position, for progress, and when the last event up to it was recorded.
SELECT (SELECT count(*) FROM read_decompte WHERE position <= %(au)s) AS decomptes,
       (SELECT recorded_at
          FROM stored_events
         WHERE notification_id <= %(au)s
         ORDER BY notification_id DESC
         LIMIT 1) AS enregistre_at,
       coalesce((SELECT position FROM journal_head WHERE is_head), 0) AS head,
       (SELECT position FROM projection_position) AS projected;
