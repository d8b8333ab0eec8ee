-- Refused messages, exactly as received and sealed, until a person has looked.
CREATE TABLE quarantaine (
    id              uuid        PRIMARY KEY,
    code            text        NOT NULL,
    empreinte       bytea       NOT NULL,
    recu_at         timestamptz NOT NULL,
    dernier_recu_at timestamptz NOT NULL,
    origine         text        NOT NULL,
    ligne           bigint,
    nombre          bigint      NOT NULL,
    deposants       text[]      NOT NULL,
    scelle          bytea       NOT NULL,
    rejoue_at       timestamptz,
    rejoue_par      bytea,
    UNIQUE (code, empreinte)
);

CREATE INDEX quarantaine_recu_at_idx ON quarantaine (recu_at DESC, id DESC);
