-- Finished answers, kept so that the next reader costs one look-up. A cache: any row may be lost, all are made again.
-- base is the last position among the member's read rows when it was rendered; scelle is sealed under her key, bound to
-- the other columns: the key destroyed, the document is lost with it.
CREATE TABLE document (
    sujet      uuid   NOT NULL,
    cle        text   NOT NULL,
    generation bigint NOT NULL,
    base       bigint NOT NULL,
    scelle     bytea  NOT NULL,
    PRIMARY KEY (sujet, cle)
) WITH (toast_tuple_target = 8160);

-- Compressed and sealed already: kept in the row as it is, up to a page.
ALTER TABLE document ALTER COLUMN scelle SET STORAGE EXTERNAL;

-- One row. It grows when read rows are replaced by others at the same positions, which no base could tell.
CREATE TABLE document_generation (
    is_generation boolean PRIMARY KEY DEFAULT true CHECK (is_generation),
    generation    bigint  NOT NULL
);

INSERT INTO document_generation (generation) VALUES (1);
