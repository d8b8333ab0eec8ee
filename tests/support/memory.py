"""The ports of commands, kept in memory: they keep the same promises as the real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID, uuid4

from commands.intake.take import Incoming, Intake, Outcome, Source
from commands.ports import Fact, Provenance, RecordedFact, Rejet, Settle, Transaction
from ledger.dossier import Dossier
from ledger.references import Stream
from tests.support.given import dossier_of

SOURCE = Source(origine="test", deposant="source:*")
PROVENANCE = Provenance(actor="test", trace_id="0" * 32)


class MemoryJournal:
    """Events in a list: gapless positions, groups whole or not at all."""

    def __init__(self) -> None:
        self.facts: list[RecordedFact] = []
        self._first: dict[Stream, RecordedFact] = {}
        self._taken: set[tuple[Stream, int]] = set()
        self.provenances: list[Provenance] = []

    def seal(self, groups: Sequence[Sequence[Fact]], provenances: Sequence[Provenance]) -> list[object]:
        return [(tuple(group), provenance) for group, provenance in zip(groups, provenances, strict=True)]

    def append(self, groups: Sequence[object]) -> list[int | None]:
        return [self._append(*group) for group in groups]  # type: ignore[misc]

    def append_with(self, groups: Sequence[object], settle: Settle) -> None:
        kept = list(self.facts), dict(self._first), set(self._taken), list(self.provenances)
        try:
            settle(Transaction(self), self.append(groups))
        except BaseException:
            self.facts, self._first, self._taken, self.provenances = kept
            raise

    def _append(self, group: Sequence[Fact], provenance: Provenance) -> int | None:
        versions = {(fact.stream, fact.version) for fact in group}
        if len(versions) < len(group) or not versions.isdisjoint(self._taken):
            return None
        self._taken |= versions
        first = len(self.facts) + 1
        for position, fact in enumerate(group, first):
            recorded = fact.recorded(position)
            self.facts.append(recorded)
            self.provenances.append(provenance)
            self._first.setdefault(fact.stream, recorded)
        return first

    def replace(self, fact: RecordedFact) -> None:
        """Show a recorded event otherwise, as when the key of its member has been destroyed."""
        self.facts = [fact if known.stream == fact.stream else known for known in self.facts]
        self._first[fact.stream] = fact

    def first_of(
        self, streams: Sequence[Stream], *, within: Transaction | None = None
    ) -> Mapping[Stream, RecordedFact]:
        return {stream: self._first[stream] for stream in streams if stream in self._first}

    def load(self, streams: Sequence[Stream]) -> Mapping[Stream, Sequence[RecordedFact]]:
        found: dict[Stream, list[RecordedFact]] = {}
        for fact in self.facts:
            if fact.stream in streams:
                found.setdefault(fact.stream, []).append(fact)
        return found

    def position(self) -> int:
        return len(self.facts)

    def empreinte(self, content: bytes) -> bytes:
        return blake2b(content, key=b"a key", digest_size=32).digest()


class MemorySujets:
    """Tokens of members in a dictionary."""

    def __init__(self) -> None:
        self.tokens: dict[str, UUID] = {}
        self.erased: set[UUID] = set()

    def at_hand(self, numero: str) -> UUID | None:
        return self.tokens.get(numero)

    def resolve(self, numeros: Sequence[str], *, create: bool) -> Mapping[str, UUID]:
        if create:
            for numero in numeros:
                self.tokens.setdefault(numero, uuid4())
        return {numero: self.tokens[numero] for numero in numeros if numero in self.tokens}

    def is_erased(self, sujet: UUID) -> bool:
        return sujet in self.erased


@dataclass(slots=True)
class Kept:
    """A refused message as it was first received, and how many times it came."""

    rejet: Rejet
    nombre: int = 1
    id: UUID = field(default_factory=uuid4)


class MemoryQuarantine:
    """Refused messages in a dictionary by bytes and code."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, str], Kept] = {}

    @property
    def kept(self) -> list[Kept]:
        return list(self._kept.values())

    def keep(self, rejets: Sequence[Rejet], *, within: Transaction | None = None) -> list[UUID]:
        identifiers = []
        for rejet in rejets:
            key = (rejet.raw, rejet.refusal.code)
            if key in self._kept:
                self._kept[key].nombre += 1
            else:
                self._kept[key] = Kept(rejet)
            identifiers.append(self._kept[key].id)
        return identifiers


class MemoryLedger:
    """An intake and all that it needs."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.sujets = MemorySujets()
        self.quarantine = MemoryQuarantine()
        self.intake = Intake(self.journal, self.sujets, self.quarantine)

    def take(self, *raws: bytes, source: Source = SOURCE, dry_run: bool = False) -> list[Outcome]:
        """Hand messages in as one batch; their line numbers are 1, 2, 3…"""
        batch = [Incoming(raw=raw, ligne=number) for number, raw in enumerate(raws, 1)]
        return self.intake.take(batch, source=source, provenance=PROVENANCE, dry_run=dry_run)

    def dossier(self, numero_adherent: str) -> Dossier:
        """What the journal knows of a member."""
        sujet = self.sujets.tokens.get(numero_adherent)
        return dossier_of((fact.position or 0, fact.event) for fact in self.journal.facts if fact.sujet == sujet)
