-- name: forward
-- Events of a range of positions, the oldest first. `topics` and `aiguilles` (bytes that the state holds) narrow it
-- when given; what the bytes find is looked at again by the caller.
SELECT notification_id, recorded_at, originator_id, originator_version, topic, state, mac
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
   AND (%(topics)s::text[] IS NULL OR topic = ANY(%(topics)s::text[]))
   AND (%(acteur)s::bytea IS NULL OR position(%(acteur)s::bytea in state) > 0)
   AND (%(emetteur)s::bytea IS NULL OR position(%(emetteur)s::bytea in state) > 0)
   AND (%(sujet)s::bytea IS NULL OR position(%(sujet)s::bytea in state) > 0)
 ORDER BY notification_id
 LIMIT %(limit)s;

-- name: backward
-- The same, the newest first.
SELECT notification_id, recorded_at, originator_id, originator_version, topic, state, mac
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
   AND (%(topics)s::text[] IS NULL OR topic = ANY(%(topics)s::text[]))
   AND (%(acteur)s::bytea IS NULL OR position(%(acteur)s::bytea in state) > 0)
   AND (%(emetteur)s::bytea IS NULL OR position(%(emetteur)s::bytea in state) > 0)
   AND (%(sujet)s::bytea IS NULL OR position(%(sujet)s::bytea in state) > 0)
 ORDER BY notification_id DESC
 LIMIT %(limit)s;

-- name: at_positions
-- Events by their positions, in order.
SELECT notification_id, recorded_at, originator_id, originator_version, topic, state, mac
  FROM stored_events
 WHERE notification_id = ANY(%(positions)s)
 ORDER BY notification_id;

-- name: positions_of_streams
SELECT notification_id AS position
  FROM stored_events
 WHERE originator_id = ANY(%(streams)s)
 ORDER BY notification_id;

-- name: bounds
-- Where the journal ends, and how far the read rows have followed it.
SELECT h.position AS head,
       p.position AS projected
  FROM journal_head h
 CROSS JOIN projection_position p
 WHERE h.is_head;

-- name: read_positions_of_sujet
-- Of one member: the positions that gave a read row, and the names from which her other streams are derived.
SELECT position, NULL AS emetteur, NULL AS nom
  FROM read_decompte
 WHERE sujet = %(sujet)s
 UNION ALL
SELECT position, emetteur, annule
  FROM read_annulation
 WHERE sujet = %(sujet)s
 UNION ALL
SELECT position, NULL, NULL
  FROM read_adherent
 WHERE sujet = %(sujet)s
 UNION ALL
SELECT position, NULL, NULL
  FROM read_recours
 WHERE sujet = %(sujet)s
 UNION ALL
SELECT DISTINCT NULL::bigint, NULL, ligne ->> 'soin'
  FROM read_decompte, json_array_elements(lignes) AS ligne
 WHERE sujet = %(sujet)s;

-- name: cancellations_of
-- Every annulation that names a décompte, whoever its member is, and its position.
SELECT sujet, position
  FROM read_annulation
 WHERE emetteur = %(emetteur)s
   AND annule = %(reference)s
 ORDER BY position;

-- name: destroyed_of
-- Of some members, those whose key is destroyed.
SELECT sujet
  FROM cle_adherent
 WHERE sujet = ANY(%(sujets)s)
   AND cle_enveloppee IS NULL;

-- name: numero_empreinte_of
SELECT numero_empreinte
  FROM cle_adherent
 WHERE sujet = %(sujet)s;

-- name: export
-- Every event of a range of positions with all its columns, in order.
SELECT notification_id, recorded_at, originator_id, originator_version, topic, state, mac
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id <= %(upto)s
 ORDER BY notification_id;
