"""Who a statement is made out to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.adherent.events import AdherentPersonnel

HOLDER = "01"
"""The code under which payers name the holder of a contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Titulaire:
    """The member whose statement it is, and the first names of those whom her contract covers, by code."""

    nom: str
    prenom: str
    beneficiaires: Mapping[str, str] = field(default_factory=dict)

    def prenom_of(self, beneficiaire: str) -> str | None:
        """The first name behind a code; the holder's own unless the registration gives that code to another."""
        own = self.prenom if beneficiaire == HOLDER else None
        return self.beneficiaires.get(beneficiaire, own)


def titulaire_of(registration: AdherentPersonnel | None) -> Titulaire | None:
    """Who the registration in force names; None when there is none, or when it has been erased."""
    if registration is None:
        return None
    prenoms = {b.beneficiaire: b.prenom for b in registration.beneficiaires}
    return Titulaire(nom=registration.nom, prenom=registration.prenom, beneficiaires=prenoms)
