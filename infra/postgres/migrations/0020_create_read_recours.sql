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

-- What the releases before would have written there: the recoveries that feeds had brought, each by its name.
INSERT INTO read_recours
       (sujet, position, version, enregistre_at, originator_id, evenement, reference, faits, scelle)
SELECT d.sujet, d.position, d.version, d.enregistre_at, e.originator_id, e.topic, d.sinistre,
       ('{"emetteur":' || to_json(d.emetteur) || ',"reference":' || to_json(d.reference) || '}')::json, NULL
  FROM read_decompte d
  JOIN stored_events e ON e.notification_id = d.position
 WHERE d.sinistre IS NOT NULL;
