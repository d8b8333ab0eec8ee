-- What each access wants to be told by mail, and how far the notifier has read the journal: rows of their own, that no
-- rebuild of the read rows touches, so that nothing is told twice. beneficiaire is '' for the holder. depuis: what was
-- recorded up to there is not announced; resume_fin: the end of the last period that was summed up.
CREATE TABLE notification_preference (
    sujet        uuid        NOT NULL,
    beneficiaire text        NOT NULL,
    frequence    text        NOT NULL CHECK (frequence IN ('chaque_remboursement', 'hebdomadaire', 'mensuelle', 'aucune')),
    depuis       bigint      NOT NULL,
    resume_fin   date        NOT NULL,
    choisi_at    timestamptz NOT NULL,
    PRIMARY KEY (sujet, beneficiaire)
);

CREATE INDEX notification_preference_frequence_idx ON notification_preference (frequence, resume_fin);

CREATE TABLE notification_position (
    is_position boolean PRIMARY KEY DEFAULT true CHECK (is_position),
    position    bigint  NOT NULL
);

-- A ledger that is there already: what it holds is no news.
INSERT INTO notification_position (position) SELECT coalesce(max(position), 0) FROM journal_head;
