"""The steps of a sinistre that need nothing but the sinistre: list, open, claim, agree, contest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from commands.ports import Journal, Provenance
from commands.sinistre.streams import SinistreStreams, Taken
from ledger.sinistre.decision import Etape, agree, claim, contest, list_sinistre, open_sinistre
from ledger.sinistre.events import SinistreEvent
from ledger.sinistre.sinistre import Sinistre


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Which sinistre, at which version (None: the last one), on which day, and why."""

    reference: str
    attendu: int | None
    le: date
    motif: str | None = None

    def etape(self, provenance: Provenance) -> Etape:
        return Etape(acteur=provenance.actor, le=self.le, motif=self.motif)


class FollowSinistreHandler:
    """Takes a sinistre further. Every method raises RecoursRefusal."""

    def __init__(self, journal: Journal) -> None:
        self._streams = SinistreStreams(journal)

    def list_sinistre(self, step: Step, provenance: Provenance) -> Taken:
        return self._take(step, provenance, list_sinistre)

    def open_sinistre(self, step: Step, provenance: Provenance) -> Taken:
        return self._take(step, provenance, open_sinistre)

    def claim(self, step: Step, provenance: Provenance) -> Taken:
        return self._take(step, provenance, claim)

    def agree(self, step: Step, responsabilite_pb: int, provenance: Provenance) -> Taken:
        return self._take(step, provenance, lambda sinistre, etape: agree(sinistre, responsabilite_pb, etape))

    def contest(self, step: Step, provenance: Provenance) -> Taken:
        return self._take(step, provenance, contest)

    def _take(self, step: Step, provenance: Provenance, decide: Callable[[Sinistre, Etape], SinistreEvent]) -> Taken:
        loaded = self._streams.load(step.reference, attendu=step.attendu)
        event = decide(loaded.sinistre, step.etape(provenance))
        position = self._streams.append(self._streams.facts(loaded, [event], provenance), provenance)
        return Taken(reference=step.reference, version=loaded.sinistre.version + 1, position=position)
