-- Who may sign in. Ordinary rows, not events: a password's hash must be erasable, and the journal keeps for ever.
-- identite is a keyed hash (number and beneficiary, or e-mail of a person of the house), identite_scellee the same,
-- sealed; mot_de_passe an argon2id hash; totp_pas the last time step used, so that a code works once.
CREATE TABLE compte (
    id               uuid        PRIMARY KEY,
    identite         bytea       NOT NULL UNIQUE,
    identite_scellee bytea       NOT NULL,
    role             text        NOT NULL CHECK (role IN ('adherent', 'auditeur', 'assia', 'exploitant')),
    sujet            uuid,
    beneficiaire     text,
    mot_de_passe     text,
    mot_de_passe_at  timestamptz,
    totp_scelle      bytea,
    totp_pas         bigint,
    totp_at          timestamptz,
    echecs           integer     NOT NULL DEFAULT 0,
    echecs_second    integer     NOT NULL DEFAULT 0,
    bloque_at        timestamptz,
    ferme_at         timestamptz,
    cree_at          timestamptz NOT NULL,
    active_at        timestamptz,
    CHECK ((role = 'adherent') = (sujet IS NOT NULL))
);

CREATE INDEX compte_sujet_idx ON compte (sujet) WHERE sujet IS NOT NULL;

-- Sessions by the hash of their secret, which is replaced at the second factor. enrolement_at: a code sent to the
-- member was proved in this session, so it may enrol a first second factor.
CREATE TABLE acces_session (
    id              uuid        PRIMARY KEY,
    empreinte       bytea       NOT NULL UNIQUE,
    compte          uuid        NOT NULL REFERENCES compte ON DELETE CASCADE,
    cree_at         timestamptz NOT NULL,
    vue_at          timestamptz NOT NULL,
    expire_at       timestamptz NOT NULL,
    second_at       timestamptz,
    enrolement_at   timestamptz,
    totp_scelle     bytea,
    passkey_defi    bytea,
    passkey_defi_at timestamptz,
    client_scelle   bytea       NOT NULL
);

CREATE INDEX acces_session_compte_idx ON acces_session (compte);
CREATE INDEX acces_session_expire_idx ON acces_session (expire_at);

-- What a code is asked for. compte is null for a decoy: an unknown number gets one too, that no code confirms.
CREATE TABLE acces_defi (
    id             uuid        PRIMARY KEY,
    empreinte      bytea       NOT NULL UNIQUE,
    usage          text        NOT NULL,
    compte         uuid        REFERENCES compte ON DELETE CASCADE,
    code_empreinte bytea,
    essais         integer     NOT NULL DEFAULT 0,
    second_at      timestamptz,
    confirme_at    timestamptz,
    consomme_at    timestamptz,
    cree_at        timestamptz NOT NULL,
    expire_at      timestamptz NOT NULL
);

CREATE INDEX acces_defi_expire_idx ON acces_defi (expire_at);

-- Codes on paper, and the links of the people of the house: one use each.
CREATE TABLE acces_lettre (
    id          uuid        PRIMARY KEY,
    compte      uuid        NOT NULL REFERENCES compte ON DELETE CASCADE,
    usage       text        NOT NULL,
    empreinte   bytea       NOT NULL UNIQUE,
    cree_at     timestamptz NOT NULL,
    expire_at   timestamptz NOT NULL,
    utilisee_at timestamptz
);

CREATE INDEX acces_lettre_compte_idx ON acces_lettre (compte);

CREATE TABLE acces_secours (
    compte     uuid        NOT NULL REFERENCES compte ON DELETE CASCADE,
    empreinte  bytea       NOT NULL,
    cree_at    timestamptz NOT NULL,
    utilise_at timestamptz,
    PRIMARY KEY (compte, empreinte)
);

CREATE TABLE acces_passkey (
    id           uuid        PRIMARY KEY,
    compte       uuid        NOT NULL REFERENCES compte ON DELETE CASCADE,
    identifiant  bytea       NOT NULL UNIQUE,
    cle_publique bytea       NOT NULL,
    compteur     bigint      NOT NULL,
    nom_scelle   bytea       NOT NULL,
    cree_at      timestamptz NOT NULL,
    utilisee_at  timestamptz
);

CREATE INDEX acces_passkey_compte_idx ON acces_passkey (compte);

-- Devices and networks that an account was used from, by keyed hash.
CREATE TABLE acces_connu (
    compte    uuid        NOT NULL REFERENCES compte ON DELETE CASCADE,
    genre     text        NOT NULL CHECK (genre IN ('appareil', 'reseau')),
    empreinte bytea       NOT NULL,
    vu_at     timestamptz NOT NULL,
    PRIMARY KEY (compte, genre, empreinte)
);

-- Attempts counted by window: of an account, of an address, of all. cle is a keyed hash.
CREATE TABLE acces_debit (
    cle        bytea       NOT NULL,
    fenetre_at timestamptz NOT NULL,
    nombre     integer     NOT NULL,
    PRIMARY KEY (cle, fenetre_at)
);

CREATE INDEX acces_debit_fenetre_idx ON acces_debit (fenetre_at);

-- Consents, given and taken back: added, never changed. beneficiaire null: the holder.
CREATE TABLE acces_consentement (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sujet        uuid        NOT NULL,
    beneficiaire text,
    objet        text        NOT NULL CHECK (objet IN ('releves_dematerialises', 'partage_titulaire')),
    accorde      boolean     NOT NULL,
    acteur       text        NOT NULL,
    at           timestamptz NOT NULL
);

CREATE INDEX acces_consentement_sujet_idx ON acces_consentement (sujet, objet);

CREATE FUNCTION refuse_consentement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'acces_consentement is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER acces_consentement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acces_consentement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_consentement_change();
