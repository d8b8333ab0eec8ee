"""What happens to a bordereau of encaissements: it is received, each line ends in a class, a person resolves the gaps.

Nothing of it is personal: a bordereau names sinistres and payments. Our format is our own (docs/recours.md).
"""

from datetime import date
from enum import StrEnum

from ledger.events import Event, Facts, Personal
from ledger.montants import Montant


class Classe(StrEnum):
    """Where a line of a bordereau landed. Matched and partial ones are booked, the others wait for a person."""

    RAPPROCHE = "rapproche"
    PARTIEL = "partiel"
    NON_RAPPROCHE = "non_rapproche"
    DOUBLE = "double"
    EXCEDENTAIRE = "excedentaire"


CLASSES_ENCAISSEES = frozenset({Classe.RAPPROCHE, Classe.PARTIEL})
"""The classes that are booked as they come."""


class Resolution(StrEnum):
    """How a person resolved a gap: booked all the same (on its sinistre or another one), or set aside."""

    ENCAISSE = "encaisse"
    ECARTE = "ecarte"


class BordereauFaits(Facts, frozen=True, kw_only=True, gc=False):
    """Of which bordereau, by whom."""

    bordereau: str
    acteur: str


class BordereauEvent(Event, frozen=True, kw_only=True, gc=False):
    """A step in the life of a bordereau."""

    faits: BordereauFaits


class BordereauRecuFaits(BordereauFaits, frozen=True, kw_only=True, gc=False):
    """How many lines it has, and what they add up to."""

    lignes: int
    total: Montant


class BordereauReceived(BordereauEvent, frozen=True, kw_only=True, gc=False):
    """Assia handed in a bordereau; its lines follow."""

    topic = "bordereau.received"

    faits: BordereauRecuFaits


class LigneBordereauFaits(BordereauFaits, frozen=True, kw_only=True, gc=False):
    """A line as it was read, its class and why; `encaissement` is the receipt that it was booked as."""

    ligne: str
    sinistre: str
    reference_paiement: str
    date_encaissement: date
    montant: Montant
    classe: Classe
    raison: str | None = None
    encaissement: int | None = None


class LigneBordereauClassed(BordereauEvent, frozen=True, kw_only=True, gc=False):
    """A line of a bordereau was compared with what is known, and booked when it fits."""

    topic = "bordereau.ligne_classed"

    faits: LigneBordereauFaits


class EcartResoluFaits(BordereauFaits, frozen=True, kw_only=True, gc=False):
    """Which line, how; booked, on which sinistre and as which receipt."""

    ligne: str
    resolution: Resolution
    sinistre: str | None = None
    encaissement: int | None = None


class EcartResoluPersonnel(Personal, frozen=True, kw_only=True, gc=False):
    """Why, in free words."""

    motif: str


class EcartBordereauResolved(BordereauEvent, frozen=True, kw_only=True, gc=False):
    """A person resolved a gap, and said why."""

    topic = "bordereau.ecart_resolved"

    faits: EcartResoluFaits
    personnel: EcartResoluPersonnel | None = None


EVENTS: tuple[type[BordereauEvent], ...] = (BordereauReceived, LigneBordereauClassed, EcartBordereauResolved)
"""Every step of a bordereau."""
