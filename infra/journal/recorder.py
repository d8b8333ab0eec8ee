"""The journal's recorder: the library's, with gapless positions, a keyed MAC on every row and an outcome per group.

Whoever appends holds the one row of `journal_head` until it commits, so positions follow each other without a gap
in the order of commits: a reader that tails them never skips an event. The lock on that row, not on the table,
leaves autovacuum alone. The positions are known before the rows are written, hence the MAC covers them too.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from struct import Struct
from typing import Any, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import retry
from psycopg import ClientCursor, Connection, Cursor
from psycopg.rows import DictRow

from infra.journal.group_commit import GroupCommit, Groups, Outcomes
from infra.journal.keyring import USE_HEAD, Keyring
from infra.journal.placing import Wanted, place
from infra.journal.recent import RecentStreams
from infra.journal.row import BEFORE_MAC, packed_row
from infra.journal.sealed import SealedEvent
from infra.journal.subscription import JournalSubscription
from infra.postgres.binary import HEADER, TRAILER, micros
from infra.postgres.copying import copied_in
from infra.postgres.sql import statements
from ledger.references import Stream

COPY_FROM_EVENTS = 16
"""From how many events a COPY is quicker than an INSERT."""

PARTS = 4
"""In how many parts a COPY is sent, where their size allows it: in several, so that the server works on one while the
next is packed; in few, because a server that has run out of rows is woken each time, and waits for a processor.
"""

PART_EVENTS_MIN, PART_EVENTS_MAX = 64, 1_000
"""How many events a part holds, but for the last: a large append has more parts, so that few are packed at once."""

CHANNEL = "stored_events"
_SQL = statements("infra.journal", "recorder.sql")

_PLACE = Struct(">qq").pack

Along = Callable[[Cursor[DictRow], Outcomes], None]
"""What is done in the transaction of an append, before it is committed."""


class JournalAltered(Exception):
    """The journal's head is not the one that was written: nothing is appended until a person has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the journal ends."""

    position: int
    recorded_at: datetime


def head_mac(keyring: Keyring, head: Head) -> bytes:
    """The MAC over the journal's head."""
    return keyring.mac(USE_HEAD, _PLACE(head.position, micros(head.recorded_at)))


class JournalRecorder(PostgresApplicationRecorder):
    """The library's recorder over `stored_events`, whose tables the migrations make."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring) -> None:
        super().__init__(datastore, events_table_name="stored_events")
        self._keyring = keyring
        self._group_commit = GroupCommit(self._append_durably)
        self._last_head: Head | None = None
        self._recent = RecentStreams()
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

    def insert_events(self, stored_events: Sequence[StoredEvent], **_kwargs: Any) -> Sequence[int] | None:
        """Append all or nothing, as the library asks. Raises IntegrityError when one of the versions exists already."""
        if not stored_events:
            return None
        [position] = self.append([sealed_events(stored_events)])
        if position is None:
            raise IntegrityError("a stream already has one of these versions")
        return list(range(position, position + len(stored_events)))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Every event after `gt`, as it comes."""
        return JournalSubscription(recorder=self, gt=gt, topics=topics)

    def append(self, groups: Groups) -> Outcomes:
        """Append each group whole, or not at all when one of its versions exists: None then.

        Else the position of its first event. All groups are one transaction, which callers that come at the same
        time share.
        """
        return self._group_commit.append(groups)

    def append_with(self, groups: Groups, along: Along) -> Outcomes:
        """Append likewise, with what `along` does in the same transaction: both are committed, or neither.

        Not shared with other callers, and not tried again when the database goes away.
        """
        wanted = Wanted(groups)
        outcomes = self._append_anywhere(wanted, self._recent.known(wanted), along)
        self._recent.add(wanted)
        return outcomes

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _append_durably(self, groups: Groups) -> Outcomes:
        """One transaction. When an acknowledgement is lost it is repeated: what was committed shows as existing."""
        wanted = Wanted(groups)
        known = self._recent.known(wanted)
        outcomes = None
        if not self._expects_repeats:
            try:
                outcomes = self._append_at_last_head(wanted, known)
            except IntegrityError as error:
                self._expect_a_repeat(error)
        if outcomes is None:
            outcomes = self._append_anywhere(wanted, known, None)
        self._recent.add(wanted)
        return outcomes

    def _append_anywhere(self, wanted: Wanted, known: Set[Stream] | None, along: Along | None) -> Outcomes:
        """Wherever the head is. Which of the `known` streams stand is asked; all are when another was a repeat."""
        if not self._expects_repeats:
            try:
                return self._append(wanted, asked=known, along=along)[0]
            except IntegrityError as error:
                self._expect_a_repeat(error)
        outcomes, standing = self._append(wanted, asked=set(wanted.streams), along=along)
        # A feed sent again is repeats from end to end: a COPY that fails each time would only leave dead rows.
        self._expects_repeats = len(wanted.groups) >= COPY_FROM_EVENTS and not standing <= (known or set())
        return outcomes

    def _expect_a_repeat(self, error: IntegrityError) -> None:
        """Raises JournalAltered when it is not an event's own identity that stands already, but a position."""
        cause = error.__cause__
        if isinstance(cause, psycopg.errors.UniqueViolation) and cause.diag.constraint_name != "stored_events_pkey":
            raise JournalAltered("La tête du journal ne correspond pas à ses événements.") from error
        self._expects_repeats = True
        self._recent.begin()

    def _append_at_last_head(self, wanted: Wanted, known: Set[Stream] | None) -> Outcomes | None:
        """At the head that this process left, without asking for it; None when others have moved it.

        A few events are one statement. Many are a COPY between others: the head is moved first, which holds its row.
        """
        head = self._last_head
        if head is None:
            return None
        taken: set[tuple[Stream, int]] = set()
        if known:
            with self.datastore.get_connection() as connection:
                taken = _existing(connection, wanted, known)  # what stands never goes: no lock is needed to know it
        positions, events = place(wanted, taken, head.position, is_sure=_is_sure(wanted, known))
        if not events:
            return positions
        new = Head(position=head.position + len(events), recorded_at=max(datetime.now(UTC), head.recorded_at))
        first = head.position + 1
        parameters = {
            "expected": head.position,
            "expected_at": head.recorded_at,
            "expected_mac": head_mac(self._keyring, head),
            "position": new.position,
            "recorded_at": new.recorded_at,
            "head_mac": head_mac(self._keyring, new),
        }
        with self.datastore.get_connection() as connection:
            if len(events) >= COPY_FROM_EVENTS:
                is_written = self._copy_behind_head(connection, parameters, events, first=first)
            else:
                parameters |= self._columns(events, first=first, recorded_at=new.recorded_at)
                is_written = connection.execute(_SQL["append_at_once"], parameters).fetchone() is not None
        self._last_head = new if is_written else None
        return positions if is_written else None

    def _copy_behind_head(
        self,
        connection: Connection[DictRow],
        parameters: dict[str, Any],
        events: Sequence[SealedEvent],
        *,
        first: int,
    ) -> bool:
        """All of it in one exchange. False when the head was elsewhere."""
        query = ClientCursor(connection).mogrify(_SQL["append_many"], parameters)
        chunks = self._packed(events, first=first, recorded_at=parameters["recorded_at"])
        return copied_in(connection, query.encode(), chunks, is_right=lambda results: results[-1].ntuples == 1)

    def _append(
        self,
        wanted: Wanted,
        *,
        asked: Set[Stream] | None,
        along: Along | None = None,
    ) -> tuple[Outcomes, Set[Stream]]:
        """One transaction, which asks what stands of `asked`: right unless another stream is a repeat.

        The outcomes, and which of the streams stand.
        """
        with self.datastore.transaction(commit=True) as cursor:
            head = self._take_head(cursor)
            taken = _existing(cursor, wanted, asked) if asked else set()
            standing = {stream for stream, _ in taken}
            positions, events = place(wanted, taken, head.position, is_sure=_is_sure(wanted, asked))
            if events:
                recorded_at = max(datetime.now(UTC), head.recorded_at)
                self._write(cursor, events, first=head.position + 1, recorded_at=recorded_at)
                head = Head(position=head.position + len(events), recorded_at=recorded_at)
                self._move_head(cursor, head)
            if along is not None:
                along(cursor, positions)
        self._last_head = head
        return positions, standing

    def _write(
        self,
        cursor: Cursor[DictRow],
        events: Sequence[SealedEvent],
        *,
        first: int,
        recorded_at: datetime,
    ) -> None:
        """Write events at consecutive positions, each with its MAC."""
        if len(events) < COPY_FROM_EVENTS:
            cursor.execute(
                _SQL["insert_events"],
                {"recorded_at": recorded_at} | self._columns(events, first=first, recorded_at=recorded_at),
            )
        else:
            self._copy(cursor, events, first=first, recorded_at=recorded_at)

    def _copy(self, cursor: Cursor[Any], events: Sequence[SealedEvent], *, first: int, recorded_at: datetime) -> None:
        with cursor.copy(_SQL["copy_events"]) as copy:
            for chunk in self._packed(events, first=first, recorded_at=recorded_at):
                copy.write(chunk)

    def _packed(self, events: Sequence[SealedEvent], *, first: int, recorded_at: datetime) -> Iterator[bytes]:
        """The rows of consecutive positions, each with its MAC, as COPY takes them: part by part."""
        instant = micros(recorded_at)
        size = min(max(len(events) // PARTS, PART_EVENTS_MIN), PART_EVENTS_MAX)
        before = HEADER
        for start in range(0, len(events), size):
            part = enumerate(events[start : start + size], first + start)
            rows = [packed_row(event, position, instant) for position, event in part]
            macs = self._keyring.event_macs(rows)
            pieces = [piece for row, mac in zip(rows, macs, strict=True) for piece in (row, BEFORE_MAC, mac)]
            yield before + b"".join(pieces)
            before = b""
        yield TRAILER

    def _columns(self, events: Sequence[SealedEvent], *, first: int, recorded_at: datetime) -> dict[str, Any]:
        """A few events as arrays, one per column."""
        instant = micros(recorded_at)
        return {
            "ids": [UUID(bytes=e.stream) for e in events],
            "versions": [e.version for e in events],
            "topics": [e.topic for e in events],
            "states": [e.state for e in events],
            "positions": list(range(first, first + len(events))),
            "macs": self._keyring.event_macs([packed_row(e, p, instant) for p, e in enumerate(events, first)]),
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


def sealed_events(stored_events: Sequence[StoredEvent]) -> list[SealedEvent]:
    """The library's stored events as this recorder takes them."""
    return [
        SealedEvent(cast(UUID, e.originator_id).bytes, e.originator_version, e.topic, e.state) for e in stored_events
    ]


def _is_sure(wanted: Wanted, asked: Set[Stream] | None) -> bool:
    """Whether many groups go in unlooked at: nothing has come twice yet, and the database says when that is over."""
    return asked is None and len(wanted.groups) >= COPY_FROM_EVENTS


def _existing(
    session: Cursor[DictRow] | Connection[DictRow], wanted: Wanted, asked: Set[Stream]
) -> set[tuple[Stream, int]]:
    """Which versions there are already, of the streams asked about. Arrays go as text: adapting each id would cost more
    than looking.
    """
    every = zip(chain.from_iterable(wanted.groups), wanted.streams, strict=True)
    events = [event for event, stream in every if stream in asked]
    ids = ",".join([event.stream.hex() for event in events])
    versions = ",".join([str(event.version) for event in events])
    rows = session.execute(_SQL["existing_versions"], {"ids": f"{{{ids}}}", "versions": f"{{{versions}}}"}).fetchall()
    return {(row["originator_id"].bytes, row["originator_version"]) for row in rows}
