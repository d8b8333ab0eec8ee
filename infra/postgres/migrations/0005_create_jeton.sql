-- Bearer tokens, by their hash alone. A member's number is a keyed hash too.
CREATE TABLE jeton (
    id               uuid        PRIMARY KEY,
    empreinte        bytea       NOT NULL UNIQUE,
    role             text        NOT NULL,
    numero_empreinte bytea,
    emetteurs        text[],
    cree_at          timestamptz NOT NULL,
    expire_at        timestamptz NOT NULL,
    revoque_at       timestamptz
);
