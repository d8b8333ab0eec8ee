-- Steps of sinistres and bordereaux, and recoveries: read rows like the others, facts with the position they came from.
CREATE TABLE read_recours (
    sujet         uuid        NOT NULL,
    position      bigint      NOT NULL,
    version       smallint    NOT NULL,
    enregistre_at timestamptz NOT NULL,
    originator_id uuid        NOT NULL,
    evenement     text        NOT NULL,
    reference     text        NOT NULL,
    faits         json        NOT NULL,
    scelle        bytea,
    PRIMARY KEY (sujet, position)
);

-- Rows of the releases before: recoveries that feeds brought while there was no such table.
INSERT INTO read_recours
       (sujet, position, version, enregistre_at, originator_id, evenement, reference, faits, scelle)
SELECT d.sujet, d.position, d.version, d.enregistre_at, e.originator_id, e.topic, d.sinistre,
       convert_from(e.state, 'UTF8')::json -> 'faits', NULL
  FROM read_decompte d
  JOIN stored_events e ON e.notification_id = d.position
 WHERE d.sinistre IS NOT NULL;
