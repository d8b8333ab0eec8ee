-- name: insert
INSERT INTO acces_consentement (sujet, beneficiaire, objet, accorde, acteur, at)
VALUES (%(sujet)s, %(beneficiaire)s, %(objet)s, %(accorde)s, %(acteur)s, %(now)s);

-- name: last
-- The last word of each person about each object.
SELECT DISTINCT ON (beneficiaire, objet) beneficiaire, objet, accorde, at
  FROM acces_consentement
 WHERE sujet = %(sujet)s
 ORDER BY beneficiaire, objet, id DESC;
