-- name: journal
-- Where the journal ends, and how many seconds ago its last event was recorded.
SELECT position,
       CASE WHEN position > 0 THEN extract(epoch FROM clock_timestamp() - recorded_at)::float8 END AS age_secondes
  FROM journal_head
 WHERE is_head;

-- name: notifications
-- How many events the notifier has not read.
SELECT greatest(h.position - n.position, 0) AS retard_evenements
  FROM journal_head h, notification_position n
 WHERE h.is_head
   AND n.is_position;

-- name: preuves
-- How many entries each proof log has sealed, and how many wait: of the events, and of who looked at whom.
SELECT nom,
       taille,
       greatest(CASE nom WHEN %(evenements)s THEN (SELECT position FROM journal_head WHERE is_head)
                         WHEN %(acces)s THEN (SELECT rang FROM acces_tete WHERE is_tete) END - taille, 0) AS retard_entrees
  FROM preuve_journal
 ORDER BY nom;

-- name: courriels
-- Mails that wait, and since when the oldest does.
SELECT etat,
       count(*) AS nombre,
       coalesce(extract(epoch FROM clock_timestamp() - min(cree_at)), 0)::float8 AS age_secondes
  FROM courriel
 WHERE etat IN ('en_attente', 'incertain')
 GROUP BY etat
 ORDER BY etat;

-- name: quarantaine
-- Messages that nobody has replayed, by code.
SELECT code, count(*) AS nombre
  FROM quarantaine
 WHERE rejoue_at IS NULL
 GROUP BY code
 ORDER BY code;

-- name: ecartes
-- Events that a projection could not digest.
SELECT projection, count(*) AS nombre
  FROM evenement_ecarte
 GROUP BY projection
 ORDER BY projection;

-- name: base
-- The database itself: its size, and the sessions on it by what they call themselves.
SELECT pg_database_size(current_database()) AS octets,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS sessions,
       current_setting('server_version') AS serveur,
       current_setting('max_connections')::bigint AS sessions_max;
