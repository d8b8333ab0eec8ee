"""Taking messages: the one function behind file import, `POST /v1/messages`, `POST /v1/flux` and any later feed.

Every message ends in exactly one of four ways: recorded, already recorded, waiting (an annulation before its
décompte: recorded too), or refused and kept in quarantine. One bad message blocks nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

import msgspec

from commands.events_of import canonical, differences, event_of
from commands.intake.parse import parse
from commands.intake.schema import AnnulationMessage, DecompteMessage, Message
from commands.ports import Fact, Journal, Provenance, Quarantaine, RecordedFact, Rejet, Sujets
from ledger.annulation.decision import is_waiting
from ledger.decompte.events import DecompteCancelled, DecompteCancelledFaits
from ledger.errors import AnnulationIncoherente, DecompteEnConflit, EmetteurInterdit, Refusal
from ledger.events import Event
from ledger.references import stream_of_cancellation, stream_of_identity


class Statut(StrEnum):
    """What happened to a message."""

    ENREGISTRE = "enregistre"
    DEJA_ENREGISTRE = "deja_enregistre"
    EN_ATTENTE = "en_attente"
    EN_QUARANTAINE = "en_quarantaine"


class Incoming(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message as received: its bytes, and its line number where it came in a file or a flow."""

    raw: bytes
    ligne: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who hands messages in: where from, under which name, and for which emetteurs (None: all)."""

    origine: str
    deposant: str
    emetteurs: frozenset[str] | None = None


class Outcome(msgspec.Struct, kw_only=True):
    """How a message ended. `position` is None when nothing is recorded (refused, or a dry run)."""

    statut: Statut
    ligne: int | None = None
    emetteur: str | None = None
    reference: str | None = None
    position: int | None = None
    is_cancelled: bool = False
    refusal: Refusal | None = None
    quarantaine: UUID | None = None


class _Candidate(msgspec.Struct, kw_only=True):
    """A well-formed message on its way to the journal."""

    message: Message
    outcome: Outcome
    facts: list[Fact]
    incoming: Incoming
    sealed: object = None


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A batch that is ready to be committed."""

    batch: Sequence[Incoming]
    source: Source
    dry_run: bool
    outcomes: list[Outcome]
    candidates: list[_Candidate]


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
        candidates: list[_Candidate] = []
        for incoming in batch:
            outcome = Outcome(statut=Statut.ENREGISTRE, ligne=incoming.ligne)
            outcomes.append(outcome)
            try:
                message = parse(incoming.raw)
                outcome.emetteur, outcome.reference = message.emetteur, message.reference
                if source.emetteurs is not None and message.emetteur not in source.emetteurs:
                    raise EmetteurInterdit
            except Refusal as refusal:
                _refuse(outcome, refusal)
                continue
            candidates.append(_Candidate(message=message, outcome=outcome, facts=[], incoming=incoming))

        self._make_facts(candidates, create=not dry_run)
        if not dry_run:
            for candidate in candidates:
                candidate.sealed = self._journal.seal(candidate.facts, provenance)
        return Prepared(batch=batch, source=source, dry_run=dry_run, outcomes=outcomes, candidates=candidates)

    def commit(self, prepared: Prepared) -> list[Outcome]:
        """Record what stands against the journal, keep what does not."""
        self._judge_annulations(prepared.candidates)
        standing = [c for c in prepared.candidates if c.outcome.refusal is None]
        if prepared.dry_run:
            self._rehearse(standing)
        else:
            self._append(standing)
            self._keep(prepared.batch, prepared.outcomes, prepared.source)
        return prepared.outcomes

    def _make_facts(self, candidates: Sequence[_Candidate], *, create: bool) -> None:
        """The facts of each message: of an annulation, the message and the cancellation that it brings."""
        numeros = list(dict.fromkeys(c.message.numero_adherent for c in candidates))
        sujets = dict(self._sujets.resolve(numeros, create=create))
        sujets |= {numero: uuid4() for numero in numeros if numero not in sujets}  # in a rehearsal
        for candidate in candidates:
            message = candidate.message
            sujet = sujets[message.numero_adherent]
            empreinte = self._journal.empreinte(canonical(message))
            stream = stream_of_identity(message.emetteur, message.reference)
            candidate.facts.append(Fact(stream=stream, sujet=sujet, event=event_of(message), empreinte=empreinte))
            if isinstance(message, AnnulationMessage):
                cancelled = DecompteCancelled(
                    faits=DecompteCancelledFaits(
                        emetteur=message.emetteur, reference=message.annule, annulation=message.reference
                    )
                )
                stream = stream_of_cancellation(message.emetteur, message.annule, sujet)
                candidate.facts.append(Fact(stream=stream, sujet=sujet, event=cancelled, empreinte=empreinte))

    def _judge_annulations(self, candidates: Sequence[_Candidate]) -> None:
        """Refuse the annulations that make no sense; mark those that wait. Repeats are left to the journal."""
        annulations = [c for c in candidates if isinstance(c.message, AnnulationMessage)]
        if not annulations:
            return
        streams = [f.stream for c in annulations for f in c.facts] + [_target(c) for c in annulations]
        recorded = self._journal.first_of(streams)
        here: dict[UUID, tuple[UUID, Event]] = {}
        for candidate in candidates:
            own = candidate.facts[0]
            if (
                isinstance(candidate.message, AnnulationMessage)
                and own.stream not in recorded
                and own.stream not in here
            ):
                found = recorded.get(_target(candidate))
                target = (found.sujet, found.event) if found else here.get(_target(candidate))
                if _target(candidate) == own.stream:
                    target = (own.sujet, own.event)
                try:
                    if is_waiting(sujet=own.sujet, target=target):
                        candidate.outcome.statut = Statut.EN_ATTENTE
                except AnnulationIncoherente as refusal:
                    _refuse(candidate.outcome, refusal)
                    continue
            # What the journal will not take is not there for those that follow: a second annulation, for one.
            if any(fact.stream in recorded or fact.stream in here for fact in candidate.facts):
                continue
            here.update({fact.stream: (fact.sujet, fact.event) for fact in candidate.facts})

    def _append(self, candidates: Sequence[_Candidate]) -> None:
        positions = self._journal.append([c.sealed for c in candidates])
        repeated = []
        begun_at: dict[UUID, int] = {}
        for index, (candidate, position) in enumerate(zip(candidates, positions, strict=True)):
            candidate.outcome.position = position
            if position is None:
                repeated.append((index, candidate))
            else:
                begun_at.update((fact.stream, index) for fact in candidate.facts)
        if not repeated:
            return
        streams = [f.stream for _, c in repeated for f in c.facts] + [_cancellation(c) for _, c in repeated]
        recorded = self._journal.first_of(streams)
        for index, candidate in repeated:
            own = (*(fact.stream for fact in candidate.facts), _cancellation(candidate))
            # What a later message of this batch began was not there for this one.
            _compare(candidate, {s: recorded[s] for s in own if s in recorded and begun_at.get(s, -1) < index})

    def _rehearse(self, candidates: Sequence[_Candidate]) -> None:
        streams = [f.stream for c in candidates for f in c.facts] + [_cancellation(c) for c in candidates]
        recorded = dict(self._journal.first_of(streams))
        for candidate in candidates:
            if any(fact.stream in recorded for fact in candidate.facts):
                _compare(candidate, recorded)
                continue
            for fact in candidate.facts:
                recorded[fact.stream] = RecordedFact(
                    stream=fact.stream, sujet=fact.sujet, event=fact.event, empreinte=fact.empreinte, position=None
                )

    def _keep(self, batch: Sequence[Incoming], outcomes: Sequence[Outcome], source: Source) -> None:
        refused = [(i, o) for i, o in zip(batch, outcomes, strict=True) if o.refusal is not None]
        if not refused:
            return
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
        for (_, outcome), identifier in zip(refused, self._quarantaine.keep(rejets), strict=True):
            outcome.quarantaine = identifier


def _refuse(outcome: Outcome, refusal: Refusal) -> None:
    outcome.statut = Statut.EN_QUARANTAINE
    outcome.refusal = refusal
    outcome.position = None


def _target(candidate: _Candidate) -> UUID:
    assert isinstance(candidate.message, AnnulationMessage)
    return stream_of_identity(candidate.message.emetteur, candidate.message.annule)


def _cancellation(candidate: _Candidate) -> UUID:
    """Where the cancellation of this décompte would stand (of an annulation: its own)."""
    message, fact = candidate.message, candidate.facts[0]
    annule = message.annule if isinstance(message, AnnulationMessage) else message.reference
    return stream_of_cancellation(message.emetteur, annule, fact.sujet)


def _compare(candidate: _Candidate, recorded: Mapping[UUID, RecordedFact]) -> None:
    """A repeat is a success; another content under one identity is a conflict that names the fields."""
    own = recorded.get(candidate.facts[0].stream)
    if own is None:
        # Another annulation of the same décompte came first: this one changes nothing.
        own = recorded[candidate.facts[1].stream]
    elif own.empreinte != candidate.facts[0].empreinte:
        found = differences(own.event, candidate.message)
        if found or own.event.personnel is None:
            _refuse(candidate.outcome, DecompteEnConflit(found or [""]))
            return
    candidate.outcome.statut = Statut.DEJA_ENREGISTRE
    candidate.outcome.position = own.position
    candidate.outcome.is_cancelled = (
        isinstance(candidate.message, DecompteMessage) and _cancellation(candidate) in recorded
    )
