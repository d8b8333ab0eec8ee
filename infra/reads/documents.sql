-- name: keep
-- Finished documents, the last one rendered instead of the one before; those of its member that no window asks for any
-- more are forgotten.
WITH gardes AS (
    SELECT sujet, cle, generation, base, scelle
      FROM unnest(%(sujets)s::uuid[], %(cles)s::text[], %(generations)s::bigint[], %(bases)s::bigint[],
                  %(scelles)s::bytea[]) AS garde (sujet, cle, generation, base, scelle)
), oublies AS (
    DELETE FROM document
     WHERE sujet = ANY(%(sujets)s)
       AND cle <> ALL(%(cles_of_window)s)
)
INSERT INTO document (sujet, cle, generation, base, scelle)
SELECT sujet, cle, generation, base, scelle
  FROM gardes
 ORDER BY sujet, cle
ON CONFLICT (sujet, cle) DO UPDATE
   SET generation = excluded.generation, base = excluded.base, scelle = excluded.scelle;

-- name: forget_all
-- No document made so far is valid any more, nor one that is being made: to run where read rows are replaced.
UPDATE document_generation SET generation = generation + 1;

-- name: all_documents
SELECT sujet, cle, generation, base, scelle
  FROM document
 ORDER BY sujet, cle;

-- name: generation
SELECT generation FROM document_generation;
