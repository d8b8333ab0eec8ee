"""What a member may read of her contract: her dossier, less what other people of the contract keep to themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from infra.auth.journal_acces import Regard
from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.portal.gardes import acces_of, numero_of, step
from ledger.adherent.events import AdherentPersonnel
from ledger.dates import Fenetre
from ledger.dossier import Dossier
from readmodels.confidentialite import de_beneficiaire, masquer
from readmodels.renderings.titulaire import HOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """A dossier as this reader may see it. `noms` are first names by beneficiary code; `masques` whose acts are
    amounts only."""

    numero: str
    dossier: Dossier
    fenetre: Fenetre
    registration: AdherentPersonnel | None
    prenom: str | None
    noms: Mapping[str, str]
    masques: frozenset[str]
    projected: int

    def nom_de(self, beneficiaire: str) -> str:
        """How a page names a beneficiary."""
        return self.noms.get(beneficiaire, f"Bénéficiaire {beneficiaire}")


async def read_dossier(request: Request, session: Session) -> Lecture:
    """The dossier of a session, as its person may read it now. The look is written down, as every look is."""
    context = context_of(request)
    numero = numero_of(session)
    empreinte = context.services.keyring.numero_empreinte(numero)
    await context.looks.look(Regard(session.actor, session.role, empreinte, "espace"))
    member = await context.members.read(numero)
    masques: frozenset[str] = frozenset()
    if session.beneficiaire is not None:
        dossier = de_beneficiaire(member.dossier, session.beneficiaire)
    else:
        masques = await step(request, lambda: acces_of(request).masked_beneficiaires(numero))
        dossier = masquer(member.dossier, masques)
    registration = member.registration
    noms = {HOLDER: registration.prenom} if registration is not None else {}
    if registration is not None:
        noms |= {b.beneficiaire: b.prenom for b in registration.beneficiaires}
    own = session.beneficiaire or HOLDER
    return Lecture(
        numero=numero,
        dossier=dossier,
        fenetre=Fenetre.at(today(request)),
        registration=registration,
        prenom=noms.get(own),
        noms=noms,
        masques=masques,
        projected=member.projected,
    )


def today(request: Request) -> date:
    """Today in Paris, as the service is told."""
    return context_of(request).services.settings.today()
