-- Proof that the past is what it was: Merkle logs (RFC 6962, C2SP tlog-tiles), and the checkpoints that sign them.
-- One row a log, which whoever seals holds for the length of the transaction; the MAC covers every other column.
CREATE TABLE preuve_journal (
    nom          text   PRIMARY KEY,
    origine      text   NOT NULL,
    taille       bigint NOT NULL CHECK (taille >= 0),
    points       bigint NOT NULL CHECK (points >= 0),
    cosignatures bigint NOT NULL CHECK (cosignatures >= 0),
    mac          bytea  NOT NULL
) WITH (fillfactor = 10);

-- Level -1 holds the entries, level 0 their hashes, each level above the roots of 256 of the one below.
CREATE TABLE preuve_tuile (
    journal text     NOT NULL REFERENCES preuve_journal (nom),
    niveau  smallint NOT NULL CHECK (niveau BETWEEN -1 AND 7),
    numero  bigint   NOT NULL CHECK (numero >= 0),
    contenu bytea    NOT NULL CHECK (niveau = -1 OR octet_length(contenu) BETWEEN 32 AND 8192),
    PRIMARY KEY (journal, niveau, numero)
);

-- Hashes do not compress.
ALTER TABLE preuve_tuile ALTER COLUMN contenu SET STORAGE EXTERNAL;

-- note: the checkpoint as a signed note, of a tree of `taille` entries.
CREATE TABLE preuve_point (
    journal text   NOT NULL REFERENCES preuve_journal (nom),
    numero  bigint NOT NULL CHECK (numero > 0),
    taille  bigint NOT NULL CHECK (taille > 0),
    note    bytea  NOT NULL,
    PRIMARY KEY (journal, numero),
    UNIQUE (journal, taille)
);

-- What witnesses answered: cle is the verifier key that ligne, the line of the note, was checked with.
CREATE TABLE preuve_cosignature (
    journal text   NOT NULL REFERENCES preuve_journal (nom),
    numero  bigint NOT NULL CHECK (numero > 0),
    taille  bigint NOT NULL,
    cle     text   NOT NULL,
    ligne   text   NOT NULL,
    mac     bytea  NOT NULL,
    PRIMARY KEY (journal, numero),
    FOREIGN KEY (journal, taille) REFERENCES preuve_point (journal, taille)
);

CREATE INDEX preuve_cosignature_cle_idx ON preuve_cosignature (journal, cle, taille);

CREATE FUNCTION refuse_preuve_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER preuve_point_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON preuve_point
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_preuve_change();
CREATE TRIGGER preuve_cosignature_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON preuve_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_preuve_change();
CREATE TRIGGER preuve_tuile_kept BEFORE DELETE OR TRUNCATE ON preuve_tuile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_preuve_change();

-- A tile that is not full yet may gain hashes behind those that it has; nothing else ever happens to one.
CREATE FUNCTION let_preuve_tuile_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.journal, NEW.niveau, NEW.numero) IS DISTINCT FROM (OLD.journal, OLD.niveau, OLD.numero)
       OR octet_length(NEW.contenu) <= octet_length(OLD.contenu)
       OR substr(NEW.contenu, 1, octet_length(OLD.contenu)) <> OLD.contenu THEN
        RAISE EXCEPTION 'a tile only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER preuve_tuile_grows BEFORE UPDATE ON preuve_tuile
    FOR EACH ROW EXECUTE FUNCTION let_preuve_tuile_grow();
