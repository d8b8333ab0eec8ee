"""What an annulation message says."""

from datetime import date

from ledger.events import Event, Facts, Personal


class AnnulationFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Which décompte of the same emetteur is taken back, and on which day it was decided."""

    emetteur: str
    reference: str
    annule: str
    date: date


class AnnulationPersonnelle(Personal, frozen=True, kw_only=True, gc=False):
    """Whose décompte it is, and the payer's reason."""

    numero_adherent: str
    motif: str


class AnnulationRecorded(Event, frozen=True, kw_only=True, gc=False):
    """A payer announced that it takes back a décompte; the décompte itself may not have arrived yet."""

    topic = "annulation.recorded"

    faits: AnnulationFaits
    personnel: AnnulationPersonnelle | None = None
