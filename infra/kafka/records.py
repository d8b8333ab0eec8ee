"""From Kafka's records to messages of the feed: the value is the message, whatever it holds; a header may bring its
trace.

Every record ends as one of the four outcomes. One without a value (a tombstone) is an empty message, refused as such.
"""

import re
from collections.abc import Sequence

from kafka.consumer.fetcher import ConsumerRecord

from commands.intake.take import Incoming
from infra.intake.lines import LINE_BYTES_MAX

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def incoming(records: Sequence[ConsumerRecord]) -> list[Incoming]:
    """The messages of these records; the offset stands for the line number."""
    return [
        Incoming((record.value or b"")[:LINE_BYTES_MAX], record.offset, trace_of(record.headers)) for record in records
    ]


def trace_of(headers: Sequence[tuple[str, bytes]]) -> str | None:
    """The trace id of a W3C `traceparent` header; None when there is none, or one that says nothing."""
    for name, value in headers:
        if name == "traceparent":
            found = _TRACEPARENT.fullmatch(value or b"")
            if found is not None and found[1] != b"0" * 32:
                return found[1].decode()
    return None
