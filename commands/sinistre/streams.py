"""Load, decide, append: what the commands on sinistres share.

A group of events is appended at the versions that follow those it was decided on; when somebody was quicker nothing is
recorded, and the command answers VersionPerimee. A command that is sent again with the same trace and the same content
finds its own events and succeeds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import msgspec

from commands.ports import Fact, Journal, Provenance, RecordedFact
from ledger.events import Event
from ledger.references import Stream, stream_of_sinistre
from ledger.sinistre.errors import SinistreEfface, SinistreInconnu, VersionPerimee
from ledger.sinistre.events import SinistreDeclared, SinistreEvent
from ledger.sinistre.sinistre import Sinistre, fold

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A sinistre as it stands, and whose it is; `numero` is None when the member's key has been destroyed."""

    sinistre: Sinistre
    sujet: UUID
    numero: str | None

    @property
    def stream(self) -> Stream:
        return stream_of_sinistre(self.sinistre.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How a step ended: the sinistre's version now, and the position of the step's first event (None: nothing new)."""

    reference: str
    version: int
    position: int | None


class SinistreStreams:
    """The streams of sinistres in the journal."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def load(self, reference: str, *, attendu: int | None = None) -> Loaded:
        """The sinistre. Raises SinistreInconnu, SinistreEfface when its member was forgotten.

        Raises VersionPerimee when it is not at the version that is expected.
        """
        found = self.load_all([reference]).get(reference)
        if found is None:
            raise SinistreInconnu
        if found.numero is None:
            raise SinistreEfface
        if attendu is not None and attendu != found.sinistre.version:
            raise VersionPerimee
        return found

    def load_all(self, references: Iterable[str]) -> Mapping[str, Loaded]:
        """The sinistres of those references that there are."""
        streams = {stream_of_sinistre(reference): reference for reference in references}
        recorded = self.journal.load(list(streams))
        return {streams[stream]: _loaded(facts) for stream, facts in recorded.items()}

    def fact(
        self, event: Event, provenance: Provenance, *, stream: Stream, sujet: UUID, version: int, content: bytes = b""
    ) -> Fact:
        """An event at a version of a stream; its print is over `content`, or over the event and the request's trace."""
        faits = _encode(event.faits)
        personnel = None if event.personnel is None else _encode(event.personnel)
        hashed = content or b"".join((provenance.trace_id.encode(), event.topic.encode(), faits, personnel or b""))
        return Fact(stream, sujet, type(event), faits, personnel, self.journal.empreinte(hashed), version)

    def facts(self, loaded: Loaded, events: Sequence[SinistreEvent], provenance: Provenance) -> list[Fact]:
        """Steps as the next events of a sinistre."""
        return [
            self.fact(event, provenance, stream=loaded.stream, sujet=loaded.sujet, version=version)
            for version, event in enumerate(events, loaded.sinistre.version + 1)
        ]

    def append(self, facts: Sequence[Fact], provenance: Provenance) -> int:
        """The position of the first event. Raises VersionPerimee when somebody was quicker."""
        [position] = self.journal.append(self.journal.seal([facts], [provenance]))
        return self.own_position(facts) if position is None else position

    def own_position(self, facts: Sequence[Fact]) -> int:
        """Where these very events stand already: the answer was lost. Raises VersionPerimee when others stand there."""
        recorded = self.journal.load([fact.stream for fact in facts])
        at = {(fact.stream, fact.version): fact for facts in recorded.values() for fact in facts}
        same = [at.get((fact.stream, fact.version)) for fact in facts]
        if any(known is None or known.empreinte != fact.empreinte for known, fact in zip(same, facts, strict=True)):
            raise VersionPerimee
        return min(known.position for known in same if known is not None and known.position is not None)


def _loaded(facts: Sequence[RecordedFact]) -> Loaded:
    events = [cast(SinistreEvent, fact.event) for fact in facts]
    first = events[0]
    assert isinstance(first, SinistreDeclared)
    sinistre = fold(events)
    assert sinistre is not None
    numero = first.personnel.numero_adherent if first.personnel is not None else None
    return Loaded(sinistre=sinistre, sujet=facts[0].sujet, numero=numero)
