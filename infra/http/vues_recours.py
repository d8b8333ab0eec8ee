"""The answers about recoveries that are not read models."""

from dataclasses import dataclass

from ledger.bordereau.events import Classe
from readmodels.bordereaux import CompteClasse
from readmodels.vues_recours import CoutNet


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapePrise:
    """A step that was taken: the sinistre's version now, the position of the step (None: nothing new)."""

    reference: str
    version: int
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneApercue:
    """Where a line of a bordereau lands, or would land in a preview; `is_new`: it was not taken before."""

    ligne: str
    sinistre: str
    montant: int
    classe: Classe
    raison: str | None
    encaissement: int | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauPris:
    """What became of a bordereau, or would: its lines by class. `nouvelles` were not taken before.

    `elements`: the first lines that wait for a person, in the order of the file.
    """

    reference: str
    apercu: bool
    lignes: int
    nouvelles: int
    total: int
    classes: tuple[CompteClasse, ...]
    elements: tuple[LigneApercue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EcartResolu:
    """A gap that was resolved; `encaissement` is the receipt it was booked as, if it was."""

    bordereau: str
    ligne: str
    encaissement: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoutNetAdherent:
    """What each finally bears for a member over a period of care."""

    numero_adherent: str
    du: str | None
    au: str | None
    cout_net: CoutNet
