"""Declarations from the member space: what its pages ask of sinistres, behind the port that the pages state.

The pages' own types come in from the wiring: who is signed in, what she declares, how a refusal and a follow-up look.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Generic, Protocol, TypeVar
from uuid import UUID, uuid4

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from infra.recours.recours import Recours
from ledger.recours.errors import RecoursRefusal
from ledger.sinistre.etats import Circonstance, EtatSinistre, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels.recours import suivi

ETATS = {
    EtatSinistre.SIGNALE: "reçue",
    EtatSinistre.RECENSE: "prise en charge par l’équipe recours",
    EtatSinistre.OUVERT: "dossier ouvert",
    EtatSinistre.RECLAME: "réclamée au responsable ou à son assureur",
    EtatSinistre.ACCORD: "acceptée par le responsable ou son assureur",
    EtatSinistre.CONTESTE: "contestée par le responsable ou son assureur",
    EtatSinistre.CLOTURE: "terminée",
    EtatSinistre.CLASSE_SANS_SUITE: "classée sans suite",
}
"""Where a declaration stands, as its member reads it."""


class Membre(Protocol):
    """Who is signed in: a holder, or an adult beneficiary with an access of her own."""

    @property
    def compte(self) -> UUID: ...

    @property
    def numero(self) -> str | None: ...

    @property
    def beneficiaire(self) -> str | None: ...


class TiersDeclare(Protocol):
    """Who caused the accident, as far as the member knows."""

    @property
    def nom(self) -> str: ...

    @property
    def assureur(self) -> str | None: ...

    @property
    def contrat(self) -> str | None: ...


class Declaration(Protocol):
    """A declaration as the member made it."""

    @property
    def beneficiaire(self) -> str: ...

    @property
    def date_accident(self) -> date: ...

    @property
    def circonstance(self) -> str: ...

    @property
    def lieu(self) -> str: ...

    @property
    def recit(self) -> str: ...

    @property
    def blessures(self) -> str: ...

    @property
    def tiers(self) -> TiersDeclare | None: ...

    @property
    def soins(self) -> tuple[str, ...]: ...


S = TypeVar("S")


class DeclarationsDeLEspace(Generic[S]):
    """The port of the member space. `refuse` makes its refusal from a French sentence, `suivi` its follow-up."""

    def __init__(
        self,
        recours: Recours,
        *,
        today: Callable[[], date],
        refuse: Callable[[str], Exception],
        suivi: Callable[..., S],
    ) -> None:
        self._recours = recours
        self._today = today
        self._refuse = refuse
        self._suivi = suivi

    def declare_sinistre(self, session: Membre, declaration: Declaration, *, cle: str) -> str:
        """Record a declaration; returns its reference. The same `cle` again records nothing and answers the same."""
        if session.numero is None or session.beneficiaire not in (None, declaration.beneficiaire):
            raise self._refuse("Cette personne n’est pas de votre contrat.")
        tiers = declaration.tiers
        command = DeclareSinistre(
            numero_adherent=session.numero,
            cle=f"espace/{cle}",
            origine=OrigineSinistre.ADHERENT,
            le=self._today(),
            beneficiaire=declaration.beneficiaire,
            date_accident=declaration.date_accident,
            circonstance=Circonstance(declaration.circonstance),
            lieu=declaration.lieu or None,
            recit=declaration.recit or None,
            blessures=declaration.blessures or None,
            tiers=TiersResponsable(nom=tiers.nom, assureur=tiers.assureur, contrat=tiers.contrat) if tiers else None,
            soins=declaration.soins,
        )
        provenance = Provenance(actor=f"compte:{session.compte}", trace_id=uuid4().hex)
        try:
            return self._recours.declarations.handle(command, provenance).reference
        except RecoursRefusal as refusal:
            raise self._refuse(str(refusal)) from refusal

    def suivi(self, session: Membre) -> Sequence[S]:
        """The declarations of this member, newest first; to a beneficiary's own access, hers alone."""
        member = self._recours.member(session.numero) if session.numero is not None else None
        if member is None:
            return []
        followed = [suivi(connu, member.dossier) for connu in reversed(member.sinistres)]
        return [
            self._suivi(
                reference=one.reference,
                declare_le=one.declare_le,
                date_accident=one.date_accident,
                beneficiaire=one.beneficiaire,
                etat=ETATS[one.etat],
            )
            for one in followed
            if session.beneficiaire in (None, one.beneficiaire)
        ]
