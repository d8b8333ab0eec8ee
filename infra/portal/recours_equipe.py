"""What every page of the Assia team shares: who may see it, how it reads, and that each look at a member is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from anyio import to_thread
from starlette.requests import Request

from commands.ports import Provenance
from infra.auth.roles import Role
from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.http.frame import trace_of
from infra.http.problems import Problem
from infra.portal.gardes import of_the_house
from infra.portal.regards import look
from infra.recours.lectures import MembreRecours
from infra.recours.recours import Recours
from ledger.adherent.events import AdherentPersonnel
from ledger.sinistre.errors import SinistreInconnu
from readmodels.sinistres_connus import SinistreConnu

ADRESSE = "/maison/recours"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A sinistre with its member, as the team reads them now. `registration` is None when nobody sent it."""

    member: MembreRecours
    connu: SinistreConnu
    registration: AdherentPersonnel | None

    @property
    def reference(self) -> str:
        return self.connu.sinistre.reference

    @property
    def adresse(self) -> str:
        return f"{ADRESSE}/sinistres/{self.reference}"

    def nom_de(self, beneficiaire: str) -> str:
        """How a page names a person of the contract."""
        return name_of(self.registration, beneficiaire)


async def team(request: Request) -> Session:
    """A person of the Assia team who proved her second factor. Raises the Problem `role_interdit` for other roles."""
    session = await of_the_house(request)
    if session.role is not Role.ASSIA:
        raise Problem("role_interdit")
    return session


async def in_thread(request: Request, work: Callable[[Recours], T]) -> T:
    """Run what is synchronous in a thread, a bounded number of them at once. Raises what it raises."""
    context = context_of(request)
    return await to_thread.run_sync(partial(work, context.services.recours), limiter=context.recours_threads)


async def read_sinistre(request: Request, session: Session, reference: str, action: str) -> Dossier:
    """A sinistre and its member; its reference is the reason of the look. Raises SinistreInconnu."""
    found = await in_thread(request, lambda recours: recours.reads.sinistre(reference))
    if found is None:
        raise SinistreInconnu
    member, connu = found
    await look(request, session, connu.numero, action, reference)
    return Dossier(member=member, connu=connu, registration=await registration_of(request, connu.numero))


async def registration_of(request: Request, numero: str | None) -> AdherentPersonnel | None:
    """Who a member is, as registered; None when nobody sent it."""
    if numero is None:
        return None
    return (await context_of(request).members.read(numero)).registration


def name_of(registration: AdherentPersonnel | None, beneficiaire: str) -> str:
    """« Ada Lovelace » of the holder, a first name of others, and what is known of somebody unknown."""
    if registration is not None and beneficiaire == "01":
        return f"{registration.prenom} {registration.nom}"
    named = {b.beneficiaire: b.prenom for b in registration.beneficiaires} if registration is not None else {}
    return named.get(beneficiaire, f"Bénéficiaire {beneficiaire}")


def provenance_of(request: Request, session: Session) -> Provenance:
    """Who takes a step, and by which request."""
    return Provenance(actor=session.actor, trace_id=trace_of(request.scope))


def today_of(request: Request) -> date:
    """Today in Paris, as the service is told."""
    return context_of(request).services.settings.today()
