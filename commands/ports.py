"""What commands need from the outside. `infra` provides the real ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NewType, Protocol
from uuid import UUID

import msgspec

from ledger.dossier import Dossier
from ledger.errors import Refusal
from ledger.events import Event
from ledger.references import Stream
from ledger.registry import REGISTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """By whom something is recorded, and in which request: stamped on every event."""

    actor: str
    trace_id: str


Transaction = NewType("Transaction", object)
"""An open transaction of the journal: what is done in it is committed with the append, or not at all."""

Settle = Callable[[Transaction, list[int | None]], None]
"""What is done in the transaction of an append, once each group has its position (None where it stands already)."""


class Fact(msgspec.Struct, frozen=True, gc=False):
    """An event to record in its stream: its kind, and its two parts in the JSON that is stored.

    `empreinte` is the keyed hash of the message's content. `version` is its place in the stream: the first of a
    décompte, the next of what has decisions.
    """

    stream: Stream
    sujet: UUID
    kind: type[Event]
    faits: bytes
    personnel: bytes | None
    empreinte: bytes
    version: int = 1

    def event(self) -> Event:
        """The event, read back from what will be stored."""
        return REGISTRY.event(self.kind, self.faits, self.personnel)

    def recorded(self, position: int | None) -> "RecordedFact":
        """As it stands once it is recorded there."""
        return RecordedFact(
            stream=self.stream,
            sujet=self.sujet,
            kind=self.kind,
            empreinte=self.empreinte,
            position=position,
            version=self.version,
            read=self.event,
        )


@dataclass(frozen=True, kw_only=True)
class RecordedFact:
    """A recorded event, and where it stands in the order of all events (None in a rehearsal).

    The event itself is read, and its personal part opened, when it is first looked at: to know that it stands, whose
    it is and of which kind, which is all that most ask, nothing need be.
    """

    stream: Stream
    sujet: UUID
    kind: type[Event]
    empreinte: bytes
    position: int | None
    version: int = 1
    read: Callable[[], Event]

    @cached_property
    def event(self) -> Event:
        """The event. Raises what its journal raises for one that it cannot read or open."""
        return self.read()


class Journal(Protocol):
    """The events. Appending is atomic for each group, and the order of positions is that of commits."""

    def seal(self, groups: Sequence[Sequence[Fact]], provenances: Sequence[Provenance]) -> Sequence[object]:
        """Groups as they will be stored, personal parts sealed, each of its own provenance: what `append` takes."""
        ...

    def append(self, groups: Sequence[object]) -> list[int | None]:
        """Record each sealed group whole, or not at all when a stream has one of its versions already: None then.

        Else the position of the group's first event. Of two groups that want one version the first wins.
        """
        ...

    def append_with(self, groups: Sequence[object], settle: Settle) -> None:
        """Append as `append` does, and have `settle` work in the same transaction: both are committed, or neither.

        What `settle` raises undoes everything. Nothing is tried again when the database goes away: only who asked
        knows whether that is right.
        """
        ...

    def first_of(
        self, streams: Sequence[Stream], *, within: Transaction | None = None
    ) -> Mapping[Stream, RecordedFact]:
        """The first event of each stream that has begun; what an open transaction has appended too, when given."""
        ...

    def load(self, streams: Sequence[Stream]) -> Mapping[Stream, Sequence[RecordedFact]]:
        """Every event of each stream that has begun, the first one first."""
        ...

    def position(self) -> int:
        """The position of the last recorded event; 0 for an empty journal."""
        ...

    def empreinte(self, content: bytes) -> bytes:
        """The keyed hash of a message's content: tells whether two are equal, and nothing else."""
        ...


class Sujets(Protocol):
    """The random token under which each member is known."""

    def at_hand(self, numero: str) -> UUID | None:
        """The token of a member seen lately, without asking anywhere; None when it must be asked for."""
        ...

    def resolve(self, numeros: Sequence[str], *, create: bool) -> Mapping[str, UUID]:
        """The token of each member; a new one, with a new key, for those unknown when `create`."""
        ...

    def is_erased(self, sujet: UUID) -> bool:
        """Whether this is a member who was forgotten: what is personal of her is lost as it is recorded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """A member's dossier as known at the position `au`."""

    dossier: Dossier
    au: int


class Dossiers(Protocol):
    """What the ledger knows of members.

    For decisions that freeze figures « as known at a position »: the dossier holds at least what was recorded before
    the call, and what comes after makes the next version. Nothing is decided from it that a later fact could undo.
    """

    def read(self, sujet: UUID) -> Lecture:
        """The dossier of one member; an empty one when nothing names her."""
        ...

    def read_all(self, sujets: Collection[UUID]) -> Mapping[UUID, Lecture]:
        """The dossiers of several members, all at one position."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejet:
    """A message that was refused, exactly as received, with where it came from."""

    raw: bytes
    refusal: Refusal
    origine: str
    ligne: int | None
    deposant: str


class Quarantaine(Protocol):
    """Where refused messages wait for a person."""

    def keep(self, rejets: Sequence[Rejet], *, within: Transaction | None = None) -> list[UUID]:
        """Keep each one; the same bytes under the same code are kept once, with a count.

        In a transaction of its own, or in the one given.
        """
        ...
