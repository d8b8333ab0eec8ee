"""What the detection proposes over all members, a page at a time; a person declares, or does not."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.journal_acces import Regard
from infra.http.context import context_of
from infra.http.curseur import CURSOR_CHARACTERS_MAX, read_cursor, write_cursor
from infra.portal.erreurs import PageRoute
from infra.portal.pages import render
from infra.portal.recours_equipe import ADRESSE, in_thread, team
from infra.recours.recours import Recours
from ledger.repartition import Repartition
from readmodels.soins_rattachables import suggestions
from readmodels.vues_recours import Suggestion

MEMBERS_PER_PAGE = 100
"""How many members one page looks through."""

MOTIF = "proposition de la détection"
_LISTE = "suggestions"
_NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)

Proposee = tuple[Suggestion, list[Repartition]]
"""A suggestion, and what its soins are."""

router = APIRouter(prefix=f"{ADRESSE}/suggestions", include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_suggestions(request: Request) -> Response:
    """Each member of whom something is shown was looked at: it is written, with the detection as the reason."""
    session = await team(request)
    context = context_of(request)
    keyring = context.services.keyring
    given = request.query_params.get("suite", "")[:CURSOR_CHARACTERS_MAX]
    after = read_cursor(keyring, given, liste=_LISTE)[1] if given else None
    found, last = await in_thread(request, lambda recours: page_of(recours, after))
    numeros = dict.fromkeys(suggestion.numero_adherent for suggestion, _ in found)
    await context.looks.look_all(
        [(Regard(session.actor, session.role, keyring.numero_empreinte(n), "suggestions"), MOTIF) for n in numeros]
    )
    suite = urlencode({"suite": write_cursor(keyring, (_NO_INSTANT, last), liste=_LISTE)}) if last else None
    return render(
        request,
        "recours_suggestions.html",
        session=session,
        actif=f"{ADRESSE}/suggestions",
        suggestions=found,
        motif_regard=MOTIF,
        suite=suite,
        is_first=after is None,
    )


def page_of(recours: Recours, after: UUID | None) -> tuple[list[Proposee], UUID | None]:
    """What the next members' soins look like, and after whom the page after begins. Blocks: for a thread."""
    page = recours.reads.members_after(after, MEMBERS_PER_PAGE)
    found = [
        (one, [member.dossier.soins[soin].repartition for soin in one.soins])
        for member in page
        for one in suggestions(member.dossier, member.sinistres)
    ]
    return found, page[-1].sujet if len(page) == MEMBERS_PER_PAGE else None
