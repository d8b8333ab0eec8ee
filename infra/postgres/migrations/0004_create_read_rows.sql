-- Read rows are facts with the position they came from: inserted, never overwritten, all rebuilt from the journal.
CREATE TABLE read_decompte (
    sujet          uuid        NOT NULL,
    position       bigint      NOT NULL,
    version        smallint    NOT NULL,
    enregistre_at  timestamptz NOT NULL,
    emetteur       text        NOT NULL,
    reference      text        NOT NULL,
    payeur         text        NOT NULL,
    rang           smallint    NOT NULL,
    date_paiement  date        NOT NULL,
    destinataire   text        NOT NULL,
    total_centimes bigint      NOT NULL,
    virement       text,
    organisme      text,
    sinistre       text,
    lignes         json        NOT NULL,
    scelle         bytea       NOT NULL,
    PRIMARY KEY (sujet, position)
);

CREATE TABLE read_annulation (
    sujet           uuid        NOT NULL,
    position        bigint      NOT NULL,
    version         smallint    NOT NULL,
    enregistre_at   timestamptz NOT NULL,
    emetteur        text        NOT NULL,
    reference       text        NOT NULL,
    annule          text        NOT NULL,
    date_annulation date        NOT NULL,
    scelle          bytea       NOT NULL,
    PRIMARY KEY (sujet, position)
);

CREATE TABLE read_adherent (
    sujet         uuid        NOT NULL,
    position      bigint      NOT NULL,
    version       smallint    NOT NULL,
    enregistre_at timestamptz NOT NULL,
    originator_id uuid        NOT NULL,
    emetteur      text        NOT NULL,
    date_effet    date        NOT NULL,
    scelle        bytea       NOT NULL,
    PRIMARY KEY (sujet, position)
);

-- How far each projection has read; written in the transaction of its rows. The library's shape.
CREATE TABLE notification_tracking (
    application_name text   PRIMARY KEY,
    notification_id  bigint
);

-- Events that a projection could not digest: set aside with an alert, so that the others go on.
CREATE TABLE evenement_ecarte (
    projection text        NOT NULL,
    position   bigint      NOT NULL,
    topic      text        NOT NULL,
    erreur     text        NOT NULL,
    ecarte_at  timestamptz NOT NULL,
    PRIMARY KEY (projection, position)
);
