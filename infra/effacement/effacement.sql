-- name: events_between
-- Whether something was recorded about a member after a position and before another.
SELECT 1
  FROM stored_events
 WHERE notification_id > %(after)s
   AND notification_id < %(before)s
   AND convert_from(state, 'UTF8')::json ->> 'sujet' = %(sujet)s
 LIMIT 1;

-- name: counts
-- What is there of a member beside the journal and its read rows.
SELECT (SELECT count(*) FROM document WHERE sujet = %(sujet)s) AS documents,
       (SELECT count(*) FROM courriel WHERE sujet = %(sujet)s AND scelle IS NOT NULL) AS courriels,
       (SELECT count(*) FROM compte WHERE sujet = %(sujet)s) AS comptes,
       (SELECT count(*) FROM notification_preference WHERE sujet = %(sujet)s) AS preferences,
       (SELECT count(*)
          FROM jeton
         WHERE numero_empreinte = %(numero_empreinte)s
           AND revoque_at IS NULL
           AND expire_at > clock_timestamp()) AS jetons;

-- name: forget_documents
DELETE FROM document WHERE sujet = %(sujet)s;

-- name: forget_courriels
-- That there was a mail stays, so that none of its key is ever put again; nothing of it is sent any more.
UPDATE courriel
   SET scelle = NULL,
       reponse = NULL,
       motif = CASE WHEN etat IN ('en_attente', 'incertain') THEN 'cle_detruite' ELSE motif END,
       clos_at = CASE WHEN etat IN ('en_attente', 'incertain') THEN clock_timestamp() ELSE clos_at END,
       etat = CASE WHEN etat IN ('en_attente', 'incertain') THEN 'abandonne' ELSE etat END
 WHERE sujet = %(sujet)s
   AND (scelle IS NOT NULL OR reponse IS NOT NULL OR etat IN ('en_attente', 'incertain'));

-- name: forget_comptes
-- With her sessions, ways, letters, factors and known devices.
DELETE FROM compte WHERE sujet = %(sujet)s;

-- name: forget_preferences
DELETE FROM notification_preference WHERE sujet = %(sujet)s;

-- name: revoke_jetons
UPDATE jeton
   SET revoque_at = clock_timestamp()
 WHERE numero_empreinte = %(numero_empreinte)s
   AND revoque_at IS NULL;

-- name: forget_quarantaine
DELETE FROM quarantaine WHERE id = ANY(%(ids)s);
