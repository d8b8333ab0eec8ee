"""What every read of a member shares: who asks, how long it waits, which years may be read, what may be answered."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.convertors import Convertor, register_url_convertor

from infra.http.access import HOME, MemberAccess, acces_step, member_access
from infra.http.context import context_of
from infra.http.documentation import Json, Responses, problems
from infra.http.problems import Problem
from infra.http.quand import ATTENTE_SECONDS_MAX, DENIED_THEN, INVALID_THEN
from infra.reads.dossiers import MemberRead
from infra.reads.moments import Moment
from ledger.dates import Fenetre
from ledger.dossier import Dossier
from readmodels.confidentialite import de_beneficiaire, masquer

ANNEE_MIN, ANNEE_MAX = 1900, 2200
_POSITION_MAX = 2**63 - 1


class _AnneeConvertor(Convertor[str]):
    """Four digits: anything else in that place is another address (`2026.pdf`), or none."""

    regex = "[0-9]{4}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("annee", _AnneeConvertor())

PREFIX = "/v1/adherents/{numero}"
ANNEE: dict[str, Any] = {"ge": ANNEE_MIN, "le": ANNEE_MAX, "examples": [2026]}

Access = Annotated[MemberAccess, Depends(member_access)]
Attente = Annotated[
    int | None,
    Query(
        ge=0,
        le=_POSITION_MAX,
        description="Attendre, 5 s au plus, que la projection ait lu le journal jusqu'à cette position.",
    ),
]
HEADERS: dict[str, tuple[str, Json]] = {
    "ETag": ("Empreinte forte du corps.", {"type": "string"}),
    "Ledger-Position": ("Jusqu'où la projection a lu le journal.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Cache-Control": ("Toujours `private, no-cache`.", {"type": "string"}),
}
"""On every read: what each says, and its schema."""


def read_responses(success: Json, *further: str, busy: tuple[str, ...] = ()) -> Responses:
    """The answers that every read of a member may give, with further reasons for 404 and for 503."""
    return {
        200: success,
        304: {"description": "Le client a déjà ces octets (`If-None-Match`)."},
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "second_facteur_requis", *DENIED_THEN),
        **problems("requete_invalide", *INVALID_THEN),
        **problems("motif_requis"),
        **problems("adherent_inconnu", *further, "ressource_inconnue"),
        **problems("adherent_efface"),
        **problems("erreur_interne", "base_indisponible", "projection_en_retard", "donnees_alterees", *busy),
    }


async def read_member(
    request: Request, access: MemberAccess, attendre_position: int | None, *, quand: Moment
) -> MemberRead:
    """The member as known at a moment, once the projection has read far enough. Raises `projection_en_retard`,
    `adherent_inconnu`, `adherent_efface`. What is of the past is never kept as a finished document: that is of now."""
    context = context_of(request)
    if attendre_position is not None and not await context.positions.wait_for(
        attendre_position, seconds_max=ATTENTE_SECONDS_MAX
    ):
        raise Problem("projection_en_retard")
    member = await context.members.read(access.numero, au=quand.position)
    if not member.is_known:
        raise Problem("adherent_inconnu")
    if quand.is_past:
        member = replace(member, base=None)
    if member.is_erased and not access.any_year:
        raise Problem("adherent_efface")  # an auditor still reads amounts, without who nor which care
    return member if access.session is None else await _own(request, access, member)


async def _own(request: Request, access: MemberAccess, member: MemberRead) -> MemberRead:
    """What a member's own session reads: less the acts of adults who keep theirs; of an adult beneficiary, hers alone.

    Never kept as a finished document: those are of the whole contract.
    """
    context, session = context_of(request), access.session
    assert session is not None
    if session.beneficiaire is not None:
        dossier = de_beneficiaire(member.dossier, session.beneficiaire)
    else:
        masked = partial(context.services.acces.masked_beneficiaires, access.numero)
        dossier = masquer(member.dossier, await acces_step(context, masked))
    if not access.shows_acts and _names_acts(request):
        dossier = masquer(dossier, _beneficiaires(dossier))
    return replace(member, dossier=dossier, base=None)


def _names_acts(request: Request) -> bool:
    """Whether what is read without a second factor would name care: home does; sums by category are amounts."""
    path: str = request.scope["route"].path_format
    return path.endswith(f"/{HOME}")


def _beneficiaires(dossier: Dossier) -> frozenset[str]:
    return frozenset(ligne.beneficiaire for decompte in dossier.decomptes.values() for ligne in decompte.faits.lignes)


def fenetre_of(request: Request) -> Fenetre:
    """The two years that members and portal read today."""
    return Fenetre.at(context_of(request).services.settings.today())


def check_annee(request: Request, access: MemberAccess, annee: int) -> None:
    """Raises `annee_hors_fenetre` for who reads the two years only."""
    if not access.any_year and annee not in fenetre_of(request):
        raise Problem("annee_hors_fenetre")
