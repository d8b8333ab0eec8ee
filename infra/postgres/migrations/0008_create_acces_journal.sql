-- Who looked at whom, at what, when and why: added, never changed; forgotten after six to twelve months (CNIL 2021-122).
-- sujet is null when the number looked up is nobody's. nombre: how many equal looks one row stands for.
CREATE TABLE acces_journal (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL,
    acteur       text        NOT NULL,
    role         text        NOT NULL,
    sujet        uuid,
    action       text        NOT NULL,
    motif_scelle bytea,
    nombre       integer     NOT NULL CHECK (nombre > 0)
);

CREATE INDEX acces_journal_at_idx ON acces_journal (at);
CREATE INDEX acces_journal_sujet_idx ON acces_journal (sujet, at);

CREATE FUNCTION refuse_acces_journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acces_journal is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER acces_journal_append_only BEFORE UPDATE OR TRUNCATE ON acces_journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_acces_journal_change();

-- What may be forgotten is what is older than the shortest time it must be kept.
CREATE FUNCTION keep_acces_journal_six_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > clock_timestamp() - interval '6 months' THEN
        RAISE EXCEPTION 'acces_journal is kept six months' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER acces_journal_kept BEFORE DELETE ON acces_journal
    FOR EACH ROW EXECUTE FUNCTION keep_acces_journal_six_months();
