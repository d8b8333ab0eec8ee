"""What goes wrong with Kafka that a person must act on."""


class KafkaFailure(Exception):
    """The message says what to do."""


class EventUnreadable(KafkaFailure):
    """An event that cannot be published: nothing after it is, or it would be missed. See `decompte verify`."""


class CannotResume(KafkaFailure):
    """There is no such partition, or the broker does not have that offset."""
