"""The journal's recorder: the library's, with gapless positions, a keyed MAC on every row and an outcome per group.

Whoever appends holds the one row of `journal_head` until it commits, so positions follow each other without a gap
in the order of commits: a reader that tails them never skips an event. The lock on that row, not on the table,
leaves autovacuum alone. The positions are known before the rows are written, hence the MAC covers them too.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import retry
from psycopg import Cursor
from psycopg.rows import DictRow

from infra.journal.group_commit import GroupCommit
from infra.journal.keyring import Keyring
from infra.postgres.binary import CHUNK_ROWS, HEADER, TRAILER, micros
from infra.postgres.sql import statements

COPY_FROM_EVENTS = 16
"""From how many events a COPY is quicker than an INSERT."""

CHANNEL = "stored_events"
_EVENT = b"evenement"
_HEAD = b"journal_head"
_SQL = statements("infra.journal", "recorder.sql")

# One row of `stored_events` in binary COPY, around its topic and its state.
_BEFORE_TOPIC = Struct(">hi16siqi").pack
_LENGTH = Struct(">i").pack
_AFTER_STATE = Struct(">iqiqi16s").pack
_PLACE = Struct(">qq").pack


class JournalAltered(Exception):
    """The journal's head is not the one that was written: nothing is appended until a person has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the journal ends."""

    position: int
    recorded_at: datetime


def event_mac(keyring: Keyring, event: StoredEvent, position: int, recorded_at: datetime) -> bytes:
    """The MAC over every stored column of an event."""
    return keyring.mac(_EVENT, _place(position, recorded_at) + event_digest(event))


def event_digest(event: StoredEvent) -> bytes:
    """What an event says, wherever it stands: computed before the lock is taken."""
    assert isinstance(event.originator_id, UUID)
    topic = event.topic.encode()
    content = b"".join(
        (
            event.originator_id.bytes,
            event.originator_version.to_bytes(8, "big", signed=True),
            len(topic).to_bytes(4, "big"),
            topic,
            event.state,
        )
    )
    return hashlib.blake2b(content, digest_size=32).digest()


def head_mac(keyring: Keyring, head: Head) -> bytes:
    """The MAC over the journal's head."""
    return keyring.mac(_HEAD, _place(head.position, head.recorded_at))


def _place(position: int, recorded_at: datetime) -> bytes:
    return _place_packer(recorded_at)(position)


def _place_packer(recorded_at: datetime) -> Callable[[int], bytes]:
    """Where and when, as the MACs cover it."""
    instant = micros(recorded_at)
    return lambda position: _PLACE(position, instant)


class JournalRecorder(PostgresApplicationRecorder):
    """The library's recorder over `stored_events`, whose tables the migrations make."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring) -> None:
        super().__init__(datastore, events_table_name="stored_events")
        self._keyring = keyring
        self._group_commit = GroupCommit(self._append_durably)
        self._last_head: Head | None = None
        self._expects_repeats = False

    def create_table(self) -> None:
        """Make sure that the head exists; the tables themselves come from the migrations."""
        head = Head(position=0, recorded_at=datetime(1970, 1, 1, tzinfo=UTC))
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                _SQL["begin_head"],
                {
                    "position": head.position,
                    "recorded_at": head.recorded_at,
                    "mac": head_mac(self._keyring, head),
                },
            )

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append all or nothing. Raises IntegrityError when one of the versions exists already."""
        if not stored_events:
            return None
        [position] = self.append([stored_events], **kwargs)
        if position is None:
            raise IntegrityError("a stream already has one of these versions")
        return list(range(position, position + len(stored_events)))

    def append(self, groups: Sequence[Sequence[StoredEvent]], **kwargs: Any) -> list[int | None]:
        """Append each group whole, or not at all when one of its versions exists: None then.

        Else the position of its first event. All groups are one transaction, which callers that come at the
        same time share; `kwargs` are for the library's hooks, and keep the transaction to oneself.
        """
        return self._append_durably(groups, **kwargs) if kwargs else self._group_commit.append(groups)

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _append_durably(self, groups: Sequence[Sequence[StoredEvent]], **kwargs: Any) -> list[int | None]:
        """One transaction. When an acknowledgement is lost it is repeated: what was committed shows as existing."""
        digests = {id(event): event_digest(event) for group in groups for event in group}
        if not self._expects_repeats:
            try:
                if not kwargs and len(digests) < COPY_FROM_EVENTS:
                    outcomes = self._append_at_once(groups, digests)
                    if outcomes is not None:
                        return outcomes
                return self._append(groups, digests, is_optimistic=True, **kwargs)
            except IntegrityError as error:
                cause = error.__cause__
                is_violation = isinstance(cause, psycopg.errors.UniqueViolation)
                if is_violation and cause.diag.constraint_name != "stored_events_pkey":  # type: ignore[union-attr]
                    raise JournalAltered("La tête du journal ne correspond pas à ses événements.") from error
        outcomes = self._append(groups, digests, is_optimistic=False, **kwargs)
        # A feed sent again is repeats from end to end: a COPY that fails each time would only leave dead rows.
        self._expects_repeats = None in outcomes and len(groups) >= COPY_FROM_EVENTS
        return outcomes

    def _append_at_once(
        self, groups: Sequence[Sequence[StoredEvent]], digests: dict[int, bytes]
    ) -> list[int | None] | None:
        """A few events in a single statement, at the head that this process left; None when others have moved it."""
        head = self._last_head
        if head is None:
            return None
        positions, events = _place_groups(groups, set(), head.position)
        if not events:
            return positions
        new = Head(position=head.position + len(events), recorded_at=max(datetime.now(UTC), head.recorded_at))
        parameters = self._columns(events, digests, first=head.position + 1, recorded_at=new.recorded_at)
        parameters |= {
            "expected": head.position,
            "expected_at": head.recorded_at,
            "expected_mac": head_mac(self._keyring, head),
            "position": new.position,
            "head_mac": head_mac(self._keyring, new),
        }
        with self.datastore.get_connection() as connection:
            is_written = connection.execute(_SQL["append_at_once"], parameters).fetchone() is not None
        self._last_head = new if is_written else None
        return positions if is_written else None

    def _append(
        self,
        groups: Sequence[Sequence[StoredEvent]],
        digests: dict[int, bytes],
        *,
        is_optimistic: bool,
        **kwargs: Any,
    ) -> list[int | None]:
        """One transaction. The optimistic way costs no read: it is right unless something is a repeat."""
        with self.datastore.transaction(commit=True) as cursor:
            head = self._take_head(cursor)
            taken = set() if is_optimistic else _existing(cursor, groups)
            positions, events = _place_groups(groups, taken, head.position)
            if events:
                recorded_at = max(datetime.now(UTC), head.recorded_at)
                self._write(cursor, events, digests, first=head.position + 1, recorded_at=recorded_at)
                head = Head(position=head.position + len(events), recorded_at=recorded_at)
                self._move_head(cursor, head)
            self._insert_events(cursor, events, **kwargs)
        self._last_head = head
        return positions

    def _write(
        self,
        cursor: Cursor[DictRow],
        events: Sequence[StoredEvent],
        digests: dict[int, bytes],
        *,
        first: int,
        recorded_at: datetime,
    ) -> None:
        """Write events at consecutive positions, each with its MAC."""
        if len(events) < COPY_FROM_EVENTS:
            cursor.execute(_SQL["insert_events"], self._columns(events, digests, first=first, recorded_at=recorded_at))
            return
        mac, place, instant = self._keyring.mac, _place_packer(recorded_at), micros(recorded_at)
        with cursor.copy(_SQL["copy_events"]) as copy:
            packed = [HEADER]
            for position, event in enumerate(events, first):
                topic, state = event.topic.encode(), event.state
                packed += (
                    _BEFORE_TOPIC(7, 16, event.originator_id.bytes, 8, event.originator_version, len(topic)),  # type: ignore[union-attr]
                    topic,
                    _LENGTH(len(state)),
                    state,
                    _AFTER_STATE(8, position, 8, instant, 16, mac(_EVENT, place(position) + digests[id(event)])),
                )
                if len(packed) >= CHUNK_ROWS * 5:
                    copy.write(b"".join(packed))
                    packed.clear()
            packed.append(TRAILER)
            copy.write(b"".join(packed))

    def _columns(
        self, events: Sequence[StoredEvent], digests: dict[int, bytes], *, first: int, recorded_at: datetime
    ) -> dict[str, Any]:
        """A few events as arrays, one per column."""
        mac, place = self._keyring.mac, _place_packer(recorded_at)
        return {
            "ids": [e.originator_id for e in events],
            "versions": [e.originator_version for e in events],
            "topics": [e.topic for e in events],
            "states": [e.state for e in events],
            "positions": list(range(first, first + len(events))),
            "recorded_at": recorded_at,
            "macs": [mac(_EVENT, place(p) + digests[id(e)]) for p, e in enumerate(events, first)],
        }

    def _take_head(self, cursor: Cursor[DictRow]) -> Head:
        row = cursor.execute(_SQL["take_head"]).fetchone()
        if row is None:
            raise JournalAltered("Le journal n'a plus de tête.")
        head = Head(position=row["position"], recorded_at=row["recorded_at"])
        if bytes(row["mac"]) != head_mac(self._keyring, head):
            raise JournalAltered("La tête du journal a été modifiée.")
        return head

    def _move_head(self, cursor: Cursor[DictRow], head: Head) -> None:
        cursor.execute(
            _SQL["move_head"],
            {"position": head.position, "recorded_at": head.recorded_at, "mac": head_mac(self._keyring, head)},
        )


def _existing(cursor: Cursor[DictRow], groups: Sequence[Sequence[StoredEvent]]) -> set[tuple[UUID, int]]:
    versions = [(event.originator_id, event.originator_version) for group in groups for event in group]
    ids, numbers = zip(*versions, strict=True)
    rows = cursor.execute(_SQL["existing_versions"], {"ids": list(ids), "versions": list(numbers)}).fetchall()
    return {(row["originator_id"], row["originator_version"]) for row in rows}


def _place_groups(
    groups: Sequence[Sequence[StoredEvent]], taken: set[tuple[UUID, int]], last: int
) -> tuple[list[int | None], list[StoredEvent]]:
    """Which groups go in, and where: of two that want one version the first wins."""
    positions: list[int | None] = []
    events: list[StoredEvent] = []
    for group in groups:
        versions = {(event.originator_id, event.originator_version) for event in group}
        if len(versions) < len(group) or not versions.isdisjoint(taken):
            positions.append(None)
            continue
        taken |= versions  # type: ignore[arg-type]
        positions.append(last + len(events) + 1)
        events.extend(group)
    return positions, events
