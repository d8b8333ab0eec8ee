-- The key of each member, itself wrapped by a key from the settings: what it sealed is lost with it.
-- numero_empreinte is a keyed hash: it finds a member from her number, and tells nobody the number.
CREATE TABLE cle_adherent (
    sujet            uuid        PRIMARY KEY,
    numero_empreinte bytea       NOT NULL UNIQUE,
    cle_enveloppee   bytea,
    cree_at          timestamptz NOT NULL,
    mac              bytea       NOT NULL
);

-- What the database must remember of its settings, to refuse at once to open with other ones.
CREATE TABLE reglage (
    nom    text  PRIMARY KEY,
    valeur bytea NOT NULL
);
