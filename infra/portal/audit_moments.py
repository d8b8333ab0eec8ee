"""A member at a moment, as the auditors' pages show her: what was known, what came before, and what came next."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.http.quand import past_moment
from infra.portal.audit_equipe import ADRESSE, consulted
from infra.portal.regards import is_numero
from infra.reads.moments import AU_CHARACTERS_MAX, Moment, now_on
from ledger.adherent.events import AdherentPersonnel
from ledger.dossier import Dossier
from readmodels.differences import events_of
from readmodels.renderings.titulaire import HOLDER
from readmodels.vues_figures import EvenementAdherent

ERREURS_DE_MOMENT = {
    "au_invalide": "Ce moment ne se lit pas. Donnez un jour (2026-03-31), un instant (2026-03-31T12:00) ou une "
    "position.",
    "au_futur": "Ce moment n’est pas encore venu.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vu:
    """A member as known at a moment. `au`: what was asked, "" for now. `evenements`: of all that is known now."""

    numero: str
    motif: str
    au: str
    moment: Moment
    dossier: Dossier
    registration: AdherentPersonnel | None
    is_known: bool
    evenements: tuple[EvenementAdherent, ...]
    erreur: str | None
    masques: frozenset[str] = frozenset()

    @property
    def adresse(self) -> str:
        """Where her file is."""
        return f"{ADRESSE}/adherents/{self.numero}"

    @property
    def nom(self) -> str:
        """How a page names her."""
        known = self.registration
        return f"{known.prenom} {known.nom}" if known is not None else f"Adhérent {self.numero}"

    @property
    def dernier(self) -> EvenementAdherent | None:
        """The last of her events at that moment."""
        return next((e for e in reversed(self.evenements) if e.position <= self.moment.position), None)

    @property
    def precedent(self) -> int | None:
        """The position of the change before the last one, to step back to."""
        positions = [e.position for e in self.evenements if e.position <= self.moment.position]
        return positions[-2] if len(positions) > 1 else None

    @property
    def suivant(self) -> int | None:
        """The position of the next change."""
        return next((e.position for e in self.evenements if e.position > self.moment.position), None)

    def nom_de(self, beneficiaire: str) -> str:
        """How a page names a person of the contract."""
        return self._noms.get(beneficiaire, f"Bénéficiaire {beneficiaire}")

    def lien(self, suite: str, **query: object) -> str:
        """An address of her file, at the same moment unless `au` says otherwise."""
        asked = {"au": self.au, **query}
        kept = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
        return f"{self.adresse}/{suite}" + (f"?{kept}" if kept else "")

    @property
    def _noms(self) -> Mapping[str, str]:
        known = self.registration
        return {HOLDER: known.prenom, **{b.beneficiaire: b.prenom for b in known.beneficiaires}} if known else {}


async def read_vu(request: Request, session: Session, numero: str, action: str) -> Vu:
    """The member at the moment of the query; a moment that cannot be read is now, and says so. The look is written.

    Raises Ailleurs, and the Problem `ressource_inconnue` for who was never known.
    """
    if not is_numero(numero):
        raise Problem("ressource_inconnue")
    motif = await consulted(request, session, numero, action)
    au, moment, erreur = await asked_moment(request, "au", "jour")
    context = context_of(request)
    now = await context.members.read(numero)
    if not now.is_known:
        raise Problem("ressource_inconnue")
    then = now if not moment.is_past else await context.members.read(numero, au=moment.position)
    return Vu(
        numero=numero,
        motif=motif,
        au=au,
        moment=moment,
        dossier=then.dossier,
        registration=then.registration,
        is_known=then.is_known,
        evenements=tuple(events_of(now.dossier)),
        erreur=erreur,
    )


async def asked_moment(request: Request, *names: str) -> tuple[str, Moment, str | None]:
    """What the first of these fields that is filled in says, its moment, and what is wrong with it."""
    given = (request.query_params.get(name, "").strip()[:AU_CHARACTERS_MAX] for name in names)
    au = next((value for value in given if value), "")
    now = now_on(context_of(request).services.settings.today())
    if not au:
        return "", now, None
    try:
        return au, await past_moment(request, au), None
    except Problem as problem:
        if problem.code not in ERREURS_DE_MOMENT:
            raise
        return "", now, ERREURS_DE_MOMENT[problem.code]
