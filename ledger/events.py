"""What every event is: clear facts that accounting keeps, and a personal part that can be lost with its key.

An event is frozen, its `topic` is permanent and its `version` counts the shapes that its facts have had. It
changes by addition; a field whose meaning changes is a new event. Fields are either *facts* (amounts, dates,
payers, references: kept in clear ten years, C. com. L123-22) or *personal* (who, and which care: sealed under
the member's key). `personnel` is None when that key has been destroyed: the event is then a tombstone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec


class UnreadableEvent(Exception):
    """A stored event that this release cannot read: its topic, its version or its shape is unknown."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The clear part of an event."""


class Personal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The sealed part of an event."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened and was recorded."""

    topic: ClassVar[str]
    version: ClassVar[int] = 1

    faits: Facts
    personnel: Personal | None = None


def unchanged(part: dict[str, Any]) -> dict[str, Any]:
    """An upcast that leaves its part as it is."""
    return part


@dataclass(frozen=True, kw_only=True)
class Upcast:
    """From the stored form of one version to that of the next, as plain JSON values.

    The two parts are apart because the personal one may be sealed for ever: its upcast never reads the facts.
    """

    faits: Callable[[dict[str, Any]], dict[str, Any]] = unchanged
    personnel: Callable[[dict[str, Any]], dict[str, Any]] = unchanged


_BROKEN_SHAPE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading a stored form that is not what it should be may raise, in an upcast or before it."""


class Registry:
    """The events that the ledger can read, by topic, with the way from every old form to the present one."""

    def __init__(self, events: tuple[type[Event], ...], upcasts: Mapping[tuple[str, int], Upcast]) -> None:
        self.by_topic: dict[str, type[Event]] = {event.topic: event for event in events}
        if len(self.by_topic) != len(events):
            raise ValueError("two events share a topic")
        self._upcasts = dict(upcasts)
        for event in events:
            missing = [v for v in range(1, event.version) if (event.topic, v) not in self._upcasts]
            if missing:
                raise ValueError(f"{event.topic}: no upcast from version(s) {missing}")
        self._decoders = {
            event.topic: tuple(msgspec.json.Decoder[Any](part_of(event, part)) for part in ("faits", "personnel"))
            for event in events
        }

    def kind(self, topic: str) -> type[Event]:
        """The event of a topic. Raises UnreadableEvent."""
        event = self.by_topic.get(topic)
        if event is None:
            raise UnreadableEvent(f"{topic}: unknown, perhaps written by a later release")
        return event

    def read_facts(self, topic: str, version: int, stored: bytes | msgspec.Raw) -> Facts:
        """The facts of an event stored as JSON at `version`. Raises UnreadableEvent."""
        facts: Facts = self._read(topic, version, stored, index=0)
        return facts

    def read_personal(self, topic: str, version: int, stored: bytes) -> Personal:
        """The personal part of an event stored as JSON at `version`. Raises UnreadableEvent."""
        personal: Personal = self._read(topic, version, stored, index=1)
        return personal

    def event(self, kind: type[Event], faits: bytes, personnel: bytes | None) -> Event:
        """An event from its two parts as they are stored now. Raises UnreadableEvent."""
        return kind(
            faits=self.read_facts(kind.topic, kind.version, faits),
            personnel=None if personnel is None else self.read_personal(kind.topic, kind.version, personnel),
        )

    def _read(self, topic: str, version: int, stored: bytes | msgspec.Raw, *, index: int) -> Any:
        event = self.kind(topic)
        if not 1 <= version <= event.version:
            raise UnreadableEvent(f"{topic}, version {version}: unknown, perhaps written by a later release")
        decoder = self._decoders[topic][index]
        try:
            if version == event.version:
                return decoder.decode(stored)
            value = msgspec.json.decode(stored)
            for step in range(version, event.version):
                upcast = self._upcasts[topic, step]
                value = (upcast.faits, upcast.personnel)[index](value)
            return msgspec.convert(value, decoder.type)
        except (msgspec.MsgspecError, *_BROKEN_SHAPE) as error:
            raise UnreadableEvent(f"{topic}, version {version}: {error}") from error


def part_of(event: type[Event], name: str) -> Any:
    """The type of one part of an event, `faits` or `personnel`."""
    return next(field.type for field in msgspec.structs.fields(event) if field.name == name)
