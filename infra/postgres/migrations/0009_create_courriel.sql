-- The outbox: each mail is put in the transaction of what it announces, once per cle, and sent afterwards.
-- cle is a keyed hash of its key, nature the word before the first « : »; everything else that is said is in scelle, under
-- the member's key when there is a sujet. scelle is null once the content has been forgotten: the row stays, so that
-- no mail of that key is ever put again.
CREATE TABLE courriel (
    id          uuid        PRIMARY KEY,
    cle         bytea       NOT NULL UNIQUE,
    nature      text        NOT NULL,
    sujet       uuid,
    etat        text        NOT NULL CHECK (etat IN ('en_attente', 'incertain', 'envoye', 'abandonne')),
    scelle      bytea,
    cree_at     timestamptz NOT NULL,
    expire_at   timestamptz,
    essais      integer     NOT NULL DEFAULT 0,
    prochain_at timestamptz NOT NULL,
    clos_at     timestamptz,
    message_id  text,
    motif       text,
    reponse     bytea
);

CREATE INDEX courriel_a_envoyer_idx ON courriel (prochain_at) WHERE etat IN ('en_attente', 'incertain');
CREATE INDEX courriel_clos_idx ON courriel (clos_at) WHERE scelle IS NOT NULL;
