"""Taking messages: the one function behind file import, `POST /v1/messages`, `POST /v1/flux` and any later feed.

Every message ends in exactly one of four ways: recorded, already recorded, waiting (an annulation before its
décompte: recorded too), or refused and kept in quarantine. One bad message blocks nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast
from uuid import UUID, uuid4

import msgspec

from commands.events_of import Written, canonical, differences, write_cancellation
from commands.intake.parse import parse, read_all
from commands.intake.schema import AnnulationMessage, Message
from commands.ports import Fact, Journal, Provenance, Quarantaine, RecordedFact, Rejet, Sujets, Transaction
from ledger.adherent.events import AdherentRegistered
from ledger.annulation.decision import is_waiting
from ledger.decompte.events import DecompteCancelled, DecompteRecorded
from ledger.errors import AnnulationIncoherente, DecompteEnConflit, EmetteurInterdit, InscriptionEffacee, Refusal
from ledger.events import Event
from ledger.recours.charges import EMETTEUR_RECOURS
from ledger.references import Stream, stream_of_cancellation, stream_of_identity

BLOCK_MESSAGES = 64
"""Messages go from stage to stage so many at a time: few enough for them to stay in the processor's caches, and enough
for what works on them to stay there too. One message after the other takes a third more time.
"""


class Statut(StrEnum):
    """What happened to a message."""

    ENREGISTRE = "enregistre"
    DEJA_ENREGISTRE = "deja_enregistre"
    EN_ATTENTE = "en_attente"
    EN_QUARANTAINE = "en_quarantaine"


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A message as received: its bytes, its line number where it came in a file or a flow, and the trace that it
    brings, where its source gives each message its own.
    """

    raw: bytes
    ligne: int | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who hands messages in: where from, under which name, and for which emetteurs (None: all)."""

    origine: str
    deposant: str
    emetteurs: frozenset[str] | None = None


class Outcome(msgspec.Struct, kw_only=True, gc=False):
    """How a message ended. `position` is None when nothing is recorded (refused, or a dry run)."""

    statut: Statut
    ligne: int | None = None
    emetteur: str | None = None
    reference: str | None = None
    position: int | None = None
    is_cancelled: bool = False
    refusal: Refusal | None = None
    quarantaine: UUID | None = None


class _Candidate(msgspec.Struct, gc=False):
    """A well-formed message on its way to the journal: where its events go, and what they are compared by.

    It holds the group that will be written, and neither the message nor its parts: a batch of those, as objects, is
    more than a processor keeps at hand. Where a conflict must be explained the bytes are read again.
    """

    incoming: Incoming
    outcome: Outcome
    kind: type[Event]
    emetteur: str
    reference: str
    annule: str | None
    """What an annulation names."""
    empreinte: bytes
    sujet: UUID
    streams: tuple[Stream, ...]
    """Of an annulation, its own and that of the cancellation that it brings."""
    group: object
    """Sealed; in a rehearsal, the facts."""

    def begins(self) -> Iterator[tuple[Stream, tuple[UUID, type[Event]]]]:
        """Each stream that it begins, with whose it is and the kind of its event."""
        kinds: tuple[type[Event], ...] = (self.kind, DecompteCancelled)
        for stream, kind in zip(self.streams, kinds, strict=False):
            yield stream, (self.sujet, kind)


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A batch that is ready to be committed."""

    batch: Sequence[Incoming]
    source: Source
    dry_run: bool
    outcomes: list[Outcome]
    candidates: list[_Candidate]


Along = Callable[[Transaction, Sequence[Outcome]], None]
"""What a source writes in the transaction that records its batch: how far it was read, for one."""


class Intake:
    """Takes messages into the ledger."""

    def __init__(self, journal: Journal, sujets: Sujets, quarantaine: Quarantaine) -> None:
        self._journal = journal
        self._sujets = sujets
        self._quarantaine = quarantaine

    def take(
        self, batch: Sequence[Incoming], *, source: Source, provenance: Provenance, dry_run: bool = False
    ) -> list[Outcome]:
        """What became of each message, in order. A dry run runs the same path and records nothing."""
        return self.commit(self.prepare(batch, source=source, provenance=provenance, dry_run=dry_run))

    def prepare(
        self, batch: Sequence[Incoming], *, source: Source, provenance: Provenance, dry_run: bool = False
    ) -> Prepared:
        """All that can be done before the journal is asked: checked, turned into facts, sealed.

        A batch may be prepared while the one before is committed; batches are committed in order.
        """
        outcomes: list[Outcome] = []
        candidates: list[_Candidate | None] = []
        later: list[tuple[int, _Checked]] = []
        stamp = None if dry_run else provenance

        for first in range(0, len(batch), BLOCK_MESSAGES):
            checked = _check(batch[first : first + BLOCK_MESSAGES], source, outcomes)
            sujets = [self._sujets.at_hand(message.numero_adherent) for _, _, message, _ in checked]
            # Those of members never seen are asked about together, at the end.
            if None in sujets:
                start = len(candidates)
                later += [(start + i, c) for i, (c, s) in enumerate(zip(checked, sujets, strict=True)) if s is None]
            known = [(c, s) for c, s in zip(checked, sujets, strict=True) if s is not None]
            made = self._candidates(known, stamp)
            candidates += [None if sujet is None else next(made) for sujet in sujets]

        numeros = list(dict.fromkeys([message.numero_adherent for _, (_, _, message, _) in later]))
        resolved = dict(self._sujets.resolve(numeros, create=not dry_run)) if numeros else {}
        resolved |= {numero: uuid4() for numero in numeros if numero not in resolved}  # of a rehearsal
        for first in range(0, len(later), BLOCK_MESSAGES):
            block = later[first : first + BLOCK_MESSAGES]
            known = [(c, resolved[c[2].numero_adherent]) for _, c in block]
            for (index, _), candidate in zip(block, self._candidates(known, stamp), strict=True):
                candidates[index] = candidate
        standing = cast("list[_Candidate]", candidates)
        return Prepared(batch=batch, source=source, dry_run=dry_run, outcomes=outcomes, candidates=standing)

    def _candidates(
        self, known: Sequence[tuple["_Checked", UUID]], provenance: Provenance | None
    ) -> Iterator[_Candidate]:
        """Messages as they go to the journal, sealed; in a rehearsal (no provenance), as facts."""
        streams = [stream_of_identity(message.emetteur, message.reference) for (_, _, message, _), _ in known]
        empreintes = [self._journal.empreinte(canonical(message, written)) for (_, _, message, written), _ in known]
        facts = [
            _facts_of(message, written, sujet, stream, empreinte)
            for ((_, _, message, written), sujet), stream, empreinte in zip(known, streams, empreintes, strict=True)
        ]
        groups: Sequence[object] = facts
        if provenance is not None:
            stamps = [_with_trace_of(incoming, provenance) for (_, incoming, _, _), _ in known]
            groups = self._journal.seal(facts, stamps)
        for ((outcome, incoming, message, written), sujet), own, group in zip(known, facts, groups, strict=True):
            yield _Candidate(
                incoming,
                outcome,
                written.kind,
                message.emetteur,
                message.reference,
                message.annule if type(message) is AnnulationMessage else None,
                own[0].empreinte,
                sujet,
                tuple([fact.stream for fact in own]),
                group,
            )

    def commit(self, prepared: Prepared, *, along: Along | None = None) -> list[Outcome]:
        """Record what stands against the journal, keep what does not.

        With `along`, events, refused messages and what it writes are one transaction: all of it happened, or nothing.
        Without, refused messages are kept once the events are durable, which spares the journal's one writer.
        """
        self._judge_registrations(prepared.candidates)
        self._judge_annulations(prepared.candidates)
        standing = [c for c in prepared.candidates if c.outcome.refusal is None]
        if prepared.dry_run:
            self._rehearse(standing)
        elif along is None:
            self._place(standing, self._journal.append([c.group for c in standing]))
            self._keep(prepared)
        else:

            def settle(transaction: Transaction, positions: list[int | None]) -> None:
                self._place(standing, positions, within=transaction)
                self._keep(prepared, within=transaction)
                along(transaction, prepared.outcomes)

            self._journal.append_with([c.group for c in standing], settle)
        return prepared.outcomes

    def _judge_registrations(self, candidates: Sequence[_Candidate]) -> None:
        """Refuse to begin anew a member who was forgotten. What was recorded before stays a repeat."""
        erased = [c for c in candidates if c.kind is AdherentRegistered and self._sujets.is_erased(c.sujet)]
        recorded = self._journal.first_of([c.streams[0] for c in erased])
        for candidate in erased:
            if candidate.streams[0] not in recorded:
                _refuse(candidate.outcome, InscriptionEffacee())

    def _judge_annulations(self, candidates: Sequence[_Candidate]) -> None:
        """Refuse the annulations that make no sense; mark those that wait. Repeats are left to the journal."""
        annulations = [c for c in candidates if c.annule is not None]
        if not annulations:
            return
        streams = [stream for c in annulations for stream in (*c.streams, _target(c))]
        recorded = self._journal.first_of(streams)
        asked = set(streams)
        here: dict[Stream, tuple[UUID, type[Event]]] = {}
        for c in candidates:
            if asked.isdisjoint(c.streams):
                continue
            own = c.streams[0]
            if c.annule is not None and own not in recorded and own not in here:
                found = recorded.get(_target(c))
                target = (found.sujet, found.kind) if found else here.get(_target(c))
                if _target(c) == own:
                    target = (c.sujet, c.kind)
                try:
                    if is_waiting(sujet=c.sujet, target=target):
                        c.outcome.statut = Statut.EN_ATTENTE
                except AnnulationIncoherente as refusal:
                    _refuse(c.outcome, refusal)
                    continue
            # What the journal will not take is not there for those that follow: a second annulation, for one.
            if any(stream in recorded or stream in here for stream in c.streams):
                continue
            here.update(c.begins())

    def _place(
        self, candidates: Sequence[_Candidate], positions: Sequence[int | None], *, within: Transaction | None = None
    ) -> None:
        """Say of each candidate where it stands; those that stood already are compared."""
        for candidate, position in zip(candidates, positions, strict=True):
            candidate.outcome.position = position
        if None not in positions:
            return
        repeated = [(index, c) for index, c in enumerate(candidates) if positions[index] is None]
        streams = [stream for _, c in repeated for stream in (*c.streams, _cancellation(c))]
        recorded = self._journal.first_of(streams, within=within)
        begun_at = _begun_at(candidates, positions, recorded)
        for index, candidate in repeated:
            own = (*candidate.streams, _cancellation(candidate))
            # What a later message of this batch began was not there for this one.
            _compare(candidate, {s: recorded[s] for s in own if s in recorded and begun_at.get(s, -1) < index})

    def _rehearse(self, candidates: Sequence[_Candidate]) -> None:
        recorded = dict(self._journal.first_of([s for c in candidates for s in (*c.streams, _cancellation(c))]))
        for candidate in candidates:
            if any(stream in recorded for stream in candidate.streams):
                _compare(candidate, recorded)
                continue
            for fact in cast("list[Fact]", candidate.group):
                recorded[fact.stream] = fact.recorded(None)

    def _keep(self, prepared: Prepared, *, within: Transaction | None = None) -> None:
        refused = [(i, o) for i, o in zip(prepared.batch, prepared.outcomes, strict=True) if o.refusal is not None]
        if not refused:
            return
        source = prepared.source
        rejets = [
            Rejet(
                raw=incoming.raw,
                refusal=outcome.refusal,
                origine=source.origine,
                ligne=incoming.ligne,
                deposant=source.deposant,
            )
            for incoming, outcome in refused
            if outcome.refusal is not None
        ]
        for (_, outcome), identifier in zip(refused, self._quarantaine.keep(rejets, within=within), strict=True):
            outcome.quarantaine = identifier


_Checked = tuple[Outcome, Incoming, Message, Written]
"""A message that is right by itself: what becomes of it, its bytes, what they say, the event that records it."""


def _check(block: Sequence[Incoming], source: Source, outcomes: list[Outcome]) -> list[_Checked]:
    """Those that are right; of every one an outcome is begun."""
    checked: list[_Checked] = []
    for incoming, found in zip(block, read_all([incoming.raw for incoming in block]), strict=True):
        outcome = Outcome(statut=Statut.ENREGISTRE, ligne=incoming.ligne)
        outcomes.append(outcome)
        if isinstance(found, Refusal):
            _refuse(outcome, found)
            continue
        message, written = found
        emetteur = message.emetteur
        outcome.emetteur, outcome.reference = emetteur, message.reference
        if emetteur == EMETTEUR_RECOURS or (source.emetteurs is not None and emetteur not in source.emetteurs):
            _refuse(outcome, EmetteurInterdit())
            continue
        checked.append((outcome, incoming, message, written))
    return checked


def _facts_of(message: Message, written: Written, sujet: UUID, stream: Stream, empreinte: bytes) -> list[Fact]:
    """What a message records: itself, and of an annulation the cancellation that it brings."""
    own = Fact(stream, sujet, written.kind, written.faits, written.personnel, empreinte)
    if type(message) is not AnnulationMessage:
        return [own]
    emetteur, annule = message.emetteur, message.annule
    kind, faits = write_cancellation(emetteur=emetteur, annule=annule, annulation=message.reference)
    return [own, Fact(stream_of_cancellation(emetteur, annule, sujet), sujet, kind, faits, None, empreinte)]


def _with_trace_of(incoming: Incoming, provenance: Provenance) -> Provenance:
    return provenance if incoming.trace_id is None else replace(provenance, trace_id=incoming.trace_id)


def _refuse(outcome: Outcome, refusal: Refusal) -> None:
    outcome.statut = Statut.EN_QUARANTAINE
    outcome.refusal = refusal
    outcome.position = None


def _target(candidate: _Candidate) -> Stream:
    assert candidate.annule is not None
    return stream_of_identity(candidate.emetteur, candidate.annule)


def _cancellation(candidate: _Candidate) -> Stream:
    """Where the cancellation of this décompte would stand (of an annulation: its own)."""
    annule = candidate.reference if candidate.annule is None else candidate.annule
    return stream_of_cancellation(candidate.emetteur, annule, candidate.sujet)


def _begun_at(
    candidates: Sequence[_Candidate], positions: Sequence[int | None], recorded: Mapping[Stream, RecordedFact]
) -> dict[Stream, int]:
    """Which message of this batch began each stream; looked up only where one of the recorded was begun by it.

    Positions grow along a batch: what stands before its first was there before it.
    """
    first = next((position for position in positions if position is not None), None)
    if first is None or all((found.position or 0) < first for found in recorded.values()):
        return {}
    begun = [(index, c) for index, c in enumerate(candidates) if positions[index] is not None]
    return {stream: index for index, c in begun for stream in c.streams}


def _compare(candidate: _Candidate, recorded: Mapping[Stream, RecordedFact]) -> None:
    """A repeat is a success; another content under one identity is a conflict that names the fields."""
    own = recorded.get(candidate.streams[0])
    if own is None:
        # Another annulation of the same décompte came first: this one changes nothing.
        own = recorded[candidate.streams[1]]
    elif own.empreinte != candidate.empreinte:
        found = differences(own.event, parse(candidate.incoming.raw))
        if found or own.event.personnel is None:
            _refuse(candidate.outcome, DecompteEnConflit(found or [""]))
            return
    candidate.outcome.statut = Statut.DEJA_ENREGISTRE
    candidate.outcome.position = own.position
    candidate.outcome.is_cancelled = (
        issubclass(candidate.kind, DecompteRecorded) and _cancellation(candidate) in recorded
    )
