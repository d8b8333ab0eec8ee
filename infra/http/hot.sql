-- name: prepare
-- Many requests at once: whose token is in force and may read this member, whose document is made from all that is known
-- of her, brings it. Whatever is not so gives no row. The year is in the key of the document, checked by who asks.
-- OFFSET 0 keeps each part a look-up by its key, whatever the planner knew of the tables when it planned.
PREPARE lecture_directe (bytea[], bytea[], text[]) AS
SELECT d.n::int4,
       m.sujet,
       m.cle_enveloppee || m.mac || timestamptz_send(m.cree_at) AS enveloppe,
       int8send(c.generation) || int8send(c.base) AS positions,
       c.scelle,
       (SELECT position FROM projection_position) AS projected,
       j.id AS jeton,
       j.role
  FROM unnest($1, $2, $3) WITH ORDINALITY AS d (jeton, numero, cle, n)
 CROSS JOIN LATERAL (SELECT id, role, numero_empreinte
                       FROM jeton
                      WHERE empreinte = d.jeton
                        AND revoque_at IS NULL
                        AND expire_at > clock_timestamp()
                     OFFSET 0) j
 CROSS JOIN LATERAL (SELECT sujet, numero_empreinte, cle_enveloppee, mac, cree_at
                       FROM cle_adherent
                      WHERE numero_empreinte = d.numero
                        AND cle_enveloppee IS NOT NULL
                     OFFSET 0) m
 CROSS JOIN LATERAL (SELECT generation, base, scelle
                       FROM document
                      WHERE sujet = m.sujet
                        AND cle = d.cle
                     OFFSET 0) c
 WHERE (j.role IN ('portail', 'auditeur') OR (j.role = 'adherent' AND j.numero_empreinte = m.numero_empreinte))
   AND c.generation = (SELECT generation FROM document_generation)
   AND c.base = greatest(
           (SELECT position FROM read_decompte WHERE sujet = m.sujet ORDER BY position DESC LIMIT 1),
           (SELECT position FROM read_annulation WHERE sujet = m.sujet ORDER BY position DESC LIMIT 1),
           (SELECT position FROM read_adherent WHERE sujet = m.sujet ORDER BY position DESC LIMIT 1))
