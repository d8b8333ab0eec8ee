-- The access log gets a proof log of its own: each look a place without a gap and a salt; its salted hash stays when the
-- look, with its salt, is forgotten. Without the salt the hash tells nothing and cannot be guessed.
ALTER TABLE acces_journal ADD COLUMN rang bigint, ADD COLUMN sel bytea;

-- One row: the place of the last look. Whoever writes looks holds it until it commits.
CREATE TABLE acces_tete (
    is_tete boolean PRIMARY KEY DEFAULT true CHECK (is_tete),
    rang    bigint  NOT NULL
) WITH (fillfactor = 10);

-- What stays of a look: its place, its civil day in UTC, and SHA-256 over its salt and its columns.
CREATE TABLE acces_feuille (
    rang    bigint PRIMARY KEY,
    jour    date   NOT NULL,
    hachage bytea  NOT NULL
);

-- Each column behind its length, -1 for what there is not: no look reads as another. docs/security.md says it too.
CREATE FUNCTION acces_hachage(
    sel bytea, at timestamptz, acteur text, role text, sujet uuid, action text, motif_scelle bytea, nombre integer
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(
        sel || timestamptz_send(at)
        || int4send(octet_length(acteur)) || convert_to(acteur, 'UTF8')
        || int4send(octet_length(role)) || convert_to(role, 'UTF8')
        || coalesce(int4send(16) || uuid_send(sujet), int4send(-1))
        || int4send(octet_length(action)) || convert_to(action, 'UTF8')
        || coalesce(int4send(octet_length(motif_scelle)) || motif_scelle, int4send(-1))
        || int4send(nombre)
    )
$$;

-- The looks that are there already, in the order in which they were written.
ALTER TABLE acces_journal DISABLE TRIGGER acces_journal_append_only;
UPDATE acces_journal j
   SET rang = place.rang, sel = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS rang FROM acces_journal) place
 WHERE place.id = j.id;
ALTER TABLE acces_journal ENABLE TRIGGER acces_journal_append_only;
INSERT INTO acces_feuille (rang, jour, hachage)
SELECT rang, (at AT TIME ZONE 'UTC')::date, acces_hachage(sel, at, acteur, role, sujet, action, motif_scelle, nombre)
  FROM acces_journal;
INSERT INTO acces_tete (rang) SELECT count(*) FROM acces_journal;
ALTER TABLE acces_journal ALTER COLUMN rang SET NOT NULL, ALTER COLUMN sel SET NOT NULL, ADD UNIQUE (rang);
CREATE INDEX acces_journal_acteur_idx ON acces_journal (acteur, rang);

CREATE FUNCTION refuse_acces_feuille_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acces_feuille is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER acces_feuille_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acces_feuille
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_acces_feuille_change();
