"""The sinistres that recorded steps make."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.sinistre import events as e
from ledger.sinistre.sinistre import Sinistre, evolve


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeConnue:
    """A recorded step of a sinistre."""

    position: int
    enregistre_at: datetime
    event: e.SinistreEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SinistreConnu:
    """A sinistre with its steps; `numero` is None when the member's key has been destroyed."""

    sinistre: Sinistre
    etapes: tuple[EtapeConnue, ...]
    numero: str | None

    @property
    def position(self) -> int:
        return self.etapes[-1].position


def sinistres_of(etapes: Iterable[EtapeConnue]) -> list[SinistreConnu]:
    """The sinistres that these steps make, in the order of their declarations."""
    by_reference: dict[str, list[EtapeConnue]] = {}
    for etape in sorted(etapes, key=lambda etape: etape.position):
        by_reference.setdefault(etape.event.faits.sinistre, []).append(etape)
    found = []
    for steps in by_reference.values():
        sinistre: Sinistre | None = None
        for etape in steps:
            sinistre = evolve(sinistre, etape.event)
        assert sinistre is not None
        first = steps[0].event
        told = first.personnel if isinstance(first, e.SinistreDeclared) else None
        numero = told.numero_adherent if told is not None else None
        found.append(SinistreConnu(sinistre=sinistre, etapes=tuple(steps), numero=numero))
    return found
