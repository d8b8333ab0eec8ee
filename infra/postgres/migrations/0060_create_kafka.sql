-- Where Kafka was read to and written to: moved in the transaction of the effects, so that a crash neither loses nor
-- doubles.
CREATE TABLE kafka_partition (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    topic_id      uuid        NOT NULL,
    next_offset   bigint      NOT NULL CHECK (next_offset >= 0),
    epoch         bigint      NOT NULL,
    owner         text        NOT NULL,
    taken_at      timestamptz NOT NULL,
    message_at    timestamptz,
    end_offset    bigint      NOT NULL,
    end_seen_at   timestamptz NOT NULL,
    caught_up_at  timestamptz,
    fault         text,
    PRIMARY KEY (topic, partition)
);
COMMENT ON COLUMN kafka_partition.epoch IS 'grows whenever a worker takes the partition: an earlier owner is fenced';
COMMENT ON COLUMN kafka_partition.message_at IS 'timestamp of the last message taken';
COMMENT ON COLUMN kafka_partition.caught_up_at IS 'when there was last nothing left to take';
COMMENT ON COLUMN kafka_partition.fault IS 'why it is stopped until a person has looked';

-- Refused messages that decompte.rejets has not acknowledged yet.
CREATE TABLE kafka_rejet (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    message_offset bigint     NOT NULL,
    code          text        NOT NULL,
    quarantaine   uuid        NOT NULL,
    refuse_at     timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, message_offset)
);

-- How far the journal was published to a topic, and acknowledged.
CREATE TABLE kafka_publication (
    topic         text        PRIMARY KEY,
    position      bigint      NOT NULL,
    owner         text        NOT NULL,
    published_at  timestamptz NOT NULL
);
