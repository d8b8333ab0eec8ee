-- name: take_position
-- Held until the transaction ends: of two notifiers the second finds no row, and has nothing to do.
SELECT position
  FROM notification_position
 WHERE is_position
   FOR UPDATE SKIP LOCKED;

-- name: move_position
UPDATE notification_position
   SET position = %(position)s
 WHERE is_position;

-- name: projected
SELECT position FROM projection_position;

-- name: is_awaited
SELECT EXISTS (SELECT FROM notification_preference WHERE frequence = 'chaque_remboursement') AS is_awaited;

-- name: awaiting
-- Who wants to be told of each payment, and from which position on.
SELECT sujet, beneficiaire, depuis
  FROM notification_preference
 WHERE sujet = ANY(%(sujets)s)
   AND frequence = 'chaque_remboursement'
 ORDER BY sujet, beneficiaire;

-- name: cancelled
SELECT sujet, emetteur, annule
  FROM read_annulation
 WHERE sujet = ANY(%(sujets)s)
 ORDER BY sujet, position;

-- name: end_of_period
-- The last event recorded before an instant. Instants never go back along positions, so the end is near.
SELECT coalesce((SELECT notification_id
                   FROM stored_events
                  WHERE recorded_at < %(fin_at)s
                  ORDER BY notification_id DESC
                  LIMIT 1), 0) AS position;

-- name: due_digests
-- Whose period has ended and is not summed up yet; taken by one notifier.
SELECT sujet, beneficiaire, depuis
  FROM notification_preference
 WHERE frequence = %(frequence)s
   AND resume_fin < %(fin)s
 ORDER BY sujet, beneficiaire
 LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED;

-- name: decomptes
-- What was recorded of these members in (after, upto].
SELECT sujet, position, emetteur, reference, payeur, date_paiement, lignes::text AS lignes
  FROM read_decompte
 WHERE sujet = ANY(%(sujets)s)
   AND position > %(after)s
   AND position <= %(upto)s
 ORDER BY sujet, position;

-- name: finish_digests
UPDATE notification_preference p
   SET resume_fin = %(fin)s, depuis = greatest(p.depuis, %(upto)s)
  FROM unnest(%(sujets)s::uuid[], %(beneficiaires)s::text[]) AS fait (sujet, beneficiaire)
 WHERE p.sujet = fait.sujet
   AND p.beneficiaire = fait.beneficiaire;
