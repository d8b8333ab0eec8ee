-- name: elect
SELECT pg_try_advisory_lock(%(lock)s) AS elected;

-- name: abandon_expired
-- A code that no longer holds is not sent late.
UPDATE courriel
   SET etat = 'abandonne', motif = 'expire', clos_at = clock_timestamp()
 WHERE etat IN ('en_attente', 'incertain')
   AND expire_at <= clock_timestamp();

-- name: due
-- What can be sent now; what expires goes first: someone is waiting for it.
SELECT id, cle, nature, sujet, etat, motif, cree_at, expire_at, clos_at, essais, message_id, scelle, reponse
  FROM courriel
 WHERE etat IN ('en_attente', 'incertain')
   AND prochain_at <= clock_timestamp()
 ORDER BY expire_at IS NULL, prochain_at, id
 LIMIT %(limit)s;

-- name: begin
-- From here until it is settled the outcome is unknown: whoever finds the row so repeats it, under the same Message-ID.
UPDATE courriel
   SET etat = 'incertain',
       essais = essais + 1,
       prochain_at = clock_timestamp() + make_interval(secs => %(repeat_after_seconds)s),
       message_id = coalesce(message_id, %(message_id)s)
 WHERE id = %(id)s
   AND etat IN ('en_attente', 'incertain')
   AND (expire_at IS NULL OR expire_at > clock_timestamp())
RETURNING message_id;

-- name: close
UPDATE courriel
   SET etat = %(etat)s, motif = %(motif)s, reponse = %(reponse)s, clos_at = clock_timestamp()
 WHERE id = %(id)s;

-- name: put_off
UPDATE courriel
   SET etat = %(etat)s,
       motif = %(motif)s,
       reponse = %(reponse)s,
       prochain_at = clock_timestamp() + make_interval(secs => %(seconds)s)
 WHERE id = %(id)s;

-- name: take_back
-- Nothing of it was sent: as if the attempt had not begun.
UPDATE courriel
   SET etat = %(etat)s, essais = essais - 1, prochain_at = clock_timestamp()
 WHERE id = %(id)s;
