-- The journal: every event, in the order of commits, and a sealed head that says where it ends.
-- Table and column names are the eventsourcing library's; recorded_at and mac are ours.
CREATE TABLE stored_events (
    originator_id      uuid        NOT NULL,
    originator_version bigint      NOT NULL,
    topic              text        NOT NULL,
    state              bytea       NOT NULL,
    notification_id    bigint      NOT NULL,
    recorded_at        timestamptz NOT NULL,
    mac                bytea       NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);

CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);

-- One row. Whoever appends holds it for the length of the transaction: positions are gapless and in commit order.
CREATE TABLE journal_head (
    is_head     boolean     PRIMARY KEY DEFAULT true CHECK (is_head),
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    mac         bytea       NOT NULL
) WITH (fillfactor = 10);
