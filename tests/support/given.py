"""Given these events, then the member's dossier says that."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ledger.adherent.events import AdherentRegistered
from ledger.annulation.events import AnnulationRecorded
from ledger.decompte.events import DecompteRecorded
from ledger.dossier import AnnulationConnue, DecompteConnu, Dossier, Soin, build_dossier
from ledger.events import Event
from ledger.repartition import Anomalie, Etat, Split
from tests.support.examples import SOIN


def recorded_at(position: int) -> datetime:
    """When the event at a position was recorded."""
    return datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=position)


def dossier_of(events: Iterable[tuple[int, Event]]) -> Dossier:
    """The dossier of a member from her events, each with its position."""
    decomptes = []
    annulations = []
    registered_at = None
    for position, event in events:
        at = recorded_at(position)
        if isinstance(event, DecompteRecorded):
            decomptes.append(
                DecompteConnu(
                    position=position,
                    enregistre_at=at,
                    payeur=event.payeur,
                    faits=event.faits,
                    personnel=event.personnel,
                )
            )
        elif isinstance(event, AnnulationRecorded):
            annulations.append(
                AnnulationConnue(
                    position=position,
                    enregistre_at=at,
                    emetteur=event.faits.emetteur,
                    reference=event.faits.reference,
                    annule=event.faits.annule,
                    date_annulation=event.faits.date,
                    motif=event.personnel.motif if event.personnel else None,
                )
            )
        elif isinstance(event, AdherentRegistered) and registered_at is None:
            registered_at = position
    return build_dossier(decomptes, annulations, registered_at=registered_at)


class Given:
    """What is recorded of one member, in the order of the positions 1, 2, 3…"""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(events)
        self.dossier = dossier_of(enumerate(self.events, 1))

    def when(self, *events: Event) -> "Given":
        """The same, and then these."""
        return Given(self.events + events)

    def soin(self, name: str = SOIN) -> Soin:
        return self.dossier.soins[name]

    def then_split(self, soin: str = SOIN, **expected: int) -> "Given":
        """The split of a soin has these amounts; those not named are not looked at."""
        split = self.soin(soin).split
        assert {name: getattr(split, name) for name in expected} == expected
        return self

    def then_whole_split(self, expected: Split, soin: str = SOIN) -> "Given":
        assert self.soin(soin).split == expected
        return self

    def then_etat(self, expected: Etat, soin: str = SOIN) -> "Given":
        assert self.soin(soin).etat is expected
        return self

    def then_anomalies(self, *expected: Anomalie, soin: str = SOIN) -> "Given":
        """These and no other."""
        assert set(self.soin(soin).anomalies) == set(expected)
        return self

    def then_anomalies_of_member(self, *expected: Anomalie) -> "Given":
        """These and no other, as many times."""
        assert sorted(code for code, soin in self.dossier.anomalies if soin is None) == sorted(expected)
        return self


def given(*events: Event) -> Given:
    """Given these events, in this order."""
    return Given(events)
