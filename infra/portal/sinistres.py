"""Where members declare accidents and follow them: the ledger's own command and read model, for one session."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

from commands.ports import Provenance
from commands.sinistre.declare import DeclareSinistre
from infra.auth.sessions import Session
from infra.bootstrap import Services
from infra.portal.gardes import numero_of
from ledger.recours.errors import RecoursRefusal
from ledger.sinistre.errors import SinistreEnConflit
from ledger.sinistre.etats import Circonstance, EtatSinistre, OrigineSinistre
from ledger.sinistre.events import TiersResponsable
from readmodels.suivi import suivis
from readmodels.vues_recours import SuiviSinistre

ETATS = {
    EtatSinistre.SIGNALE: "Reçue",
    EtatSinistre.RECENSE: "Transmise à l’équipe des recours",
    EtatSinistre.OUVERT: "En cours d’étude",
    EtatSinistre.RECLAME: "Réclamée au responsable",
    EtatSinistre.ACCORD: "Accord trouvé",
    EtatSinistre.CONTESTE: "Contestée par le responsable",
    EtatSinistre.CLOTURE: "Terminée",
    EtatSinistre.CLASSE_SANS_SUITE: "Classée sans suite",
}
"""What a member reads of each state that she follows; the others are the team's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationSinistre:
    """A declaration as the member made it. `tiers` is None when she does not know who caused it."""

    beneficiaire: str
    date_accident: date
    circonstance: Circonstance
    lieu: str
    recit: str
    blessures: str
    tiers: TiersResponsable | None
    soins: tuple[str, ...]
    """The soins that she says are concerned, by their number; the team completes it."""


class SinistreRefuse(Exception):
    """The ledger does not take this declaration; the message says why, in French."""


def declare_sinistre(
    services: Services, session: Session, declaration: DeclarationSinistre, *, cle: str, trace_id: str
) -> None:
    """Record a declaration; the same `cle` again records nothing. Raises SinistreRefuse. Blocks: for a thread."""
    command = DeclareSinistre(
        numero_adherent=numero_of(session),
        cle=cle,
        origine=OrigineSinistre.ADHERENT,
        le=services.settings.today(),
        beneficiaire=declaration.beneficiaire,
        date_accident=declaration.date_accident,
        circonstance=declaration.circonstance,
        lieu=declaration.lieu,
        recit=declaration.recit,
        blessures=declaration.blessures,
        tiers=declaration.tiers,
        soins=declaration.soins,
    )
    try:
        services.recours.declarations.handle(command, Provenance(actor=session.actor, trace_id=trace_id))
    except SinistreEnConflit:
        raise SinistreRefuse("Cette page a déjà servi à une autre déclaration. Ouvrez-en une nouvelle.") from None
    except RecoursRefusal as refusal:
        raise SinistreRefuse(str(refusal)) from None


def suivis_of(services: Services, session: Session, *, masques: Set[str]) -> Sequence[SuiviSinistre]:
    """The declarations that this person may follow, the newest first. Blocks: for a thread."""
    sujet = services.members.find(numero_of(session))
    if sujet is None:
        return ()
    [member] = services.recours.reads.members([sujet])
    return suivis(member.sinistres, member.dossier, beneficiaire=session.beneficiaire, masques=masques)
