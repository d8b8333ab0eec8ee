"""The journal to browse: filters, pages of the newest or the oldest first, one event with its stored columns."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.audit.evenements import brut, sujets_of
from infra.audit.filtres import Filtres as FiltresJournal
from infra.audit.filtres import Row
from infra.audit.journal import LecturesEnRetard, Lot
from infra.audit.periode import Periode, periode
from infra.auth.journal_acces import MOTIF_CHARACTERS_MAX, Regard
from infra.auth.sessions import Session
from infra.http.audit import in_thread, vues
from infra.http.audit_filtres import ACTEUR_CHARACTERS_MAX
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal.audit_equipe import ADRESSE, auditor, consulted, open_consultation
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.pages import render
from infra.portal.regards import is_numero
from infra.reads.moments import AU_CHARACTERS_MAX, AuFutur, AuInvalide
from ledger.payeurs import Payeur
from ledger.registry import REGISTRY

PER_PAGE = 25
JOURNAL = f"{ADRESSE}/journal"
INCONNU = "Aucun message enregistré ne nomme cet adhérent."

_POSITION = re.compile(r"[1-9][0-9]{0,17}")
_LONGEST = {
    "du": AU_CHARACTERS_MAX,
    "au": AU_CHARACTERS_MAX,
    "adherent": 20,
    "emetteur": 64,
    "reference": 64,
    "acteur": ACTEUR_CHARACTERS_MAX,
}
"""The fields that are typed, and how long each may be."""

router = APIRouter(prefix=JOURNAL, include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtres:
    """What was asked of the journal, as typed. `ordre` is `recent` or `ancien`."""

    du: str = ""
    au: str = ""
    adherent: str = ""
    emetteur: str = ""
    reference: str = ""
    payeur: str = ""
    topic: str = ""
    acteur: str = ""
    ordre: str = "recent"

    def query(self, **place: int) -> str:
        """The address's part that asks the same, from another place."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        asked["ordre"] = asked["ordre"] if asked["ordre"] != "recent" else ""
        return urlencode({name: value for name, value in {**asked, **place}.items() if value})

    @property
    def is_narrowing(self) -> bool:
        """Whether anything is asked for but the order."""
        return bool(Filtres(ordre=self.ordre) != self)


@router.get("")
async def show_journal(request: Request) -> Response:
    """A page of the journal. With a member's number, her file is opened first."""
    session = await auditor(request)
    filtres = read_filtres(request.query_params)
    erreurs: Erreurs = {}
    motif = None
    if filtres.adherent and is_numero(filtres.adherent):
        motif = await consulted(request, session, filtres.adherent, "evenements")
    lot = None
    asked = await _asked(request, filtres, erreurs)
    if asked is not None:
        try:
            lot = await _read(request, asked, _place(request), is_backward=filtres.ordre == "recent")
        except LecturesEnRetard:
            raise Problem("projection_en_retard") from None
    context = context_of(request)
    elements = await in_thread(context, lambda: vues(context, lot.rows, personnel=False)) if lot is not None else ()
    return render(
        request,
        "audit_journal.html",
        session=session,
        actif=JOURNAL,
        status=422 if erreurs else 200,
        filtres=filtres,
        motif_regard=motif,
        lot=lot,
        elements=elements,
        is_first=_place(request) is None,
        topics=list(REGISTRY.by_topic),
        payeurs=list(Payeur),
        erreurs=erreurs,
    )


@router.get("/{position}")
async def show_evenement(request: Request, position: str) -> Response:
    """One event, its personal part closed. Raises the Problem `ressource_inconnue`."""
    session = await auditor(request)
    return await _page(request, session, await _row(request, position))


@router.post("/{position}")
async def open_personnel(request: Request, position: str) -> Response:
    """Open the personal part, for a reason; the look is written, and the member's file is open from then on."""
    session = await auditor(request)
    form = await read_form(request, session)
    row = await _row(request, position)
    motif = form["motif"]
    if not motif or len(motif) > MOTIF_CHARACTERS_MAX:
        said = "Dites pourquoi vous l’ouvrez : c’est consigné." if not motif else "200 caractères au plus."
        return await _page(request, session, row, form=form, erreurs={"motif": said}, status=422)
    context = context_of(request)
    for sujet in sujets_of([row]):
        empreinte = await in_thread(context, partial(context.audit.numero_empreinte, sujet))
        if empreinte is not None:
            regard = Regard(session.actor, session.role, empreinte, "evenement/personnel")
            await context.looks.look(regard, motif=motif)
    return await _page(request, session, row, motif=motif)


def read_filtres(query: Mapping[str, str]) -> Filtres:
    """The filters of an address; what is in no list is left out."""
    given = {name: query.get(name, "").strip()[:longest] for name, longest in _LONGEST.items()}
    return Filtres(
        **given,
        payeur=query.get("payeur", "") if query.get("payeur", "") in list(Payeur) else "",
        topic=query.get("topic", "") if query.get("topic", "") in REGISTRY.by_topic else "",
        ordre="ancien" if query.get("ordre") == "ancien" else "recent",
    )


async def _asked(request: Request, filtres: Filtres, erreurs: Erreurs) -> FiltresJournal | None:
    """What is asked for; None, with what is wrong in `erreurs`."""
    context, sujet, between = context_of(request), None, Periode()
    for name in ("du", "au"):
        try:
            asked = {"du": None, "au": None, name: getattr(filtres, name) or None}
            found = await periode(context.moments.at, **asked)
            between = replace(between, **{k: v for k, v in asdict(found).items() if v is not None})
        except AuInvalide:
            erreurs[name] = "Saisissez un jour (2026-03-31), un instant ou une position."
        except AuFutur:
            erreurs[name] = "Ce moment n’est pas encore venu."
    if filtres.reference and not filtres.emetteur:
        erreurs["emetteur"] = "Une référence va avec son émetteur."
    if filtres.adherent:
        find = partial(context.services.members.find, filtres.adherent)
        sujet = await in_thread(context, find) if is_numero(filtres.adherent) else None
        if sujet is None:
            erreurs["adherent"] = INCONNU
    if erreurs:
        return None
    return FiltresJournal(
        position_min=between.position_min,
        position_max=between.position_max,
        topic=filtres.topic or None,
        payeur=Payeur(filtres.payeur) if filtres.payeur else None,
        acteur=filtres.acteur or None,
        emetteur=filtres.emetteur or None,
        reference=filtres.reference or None,
        sujet=sujet,
    )


async def _read(request: Request, asked: FiltresJournal, place: int | None, *, is_backward: bool) -> Lot:
    context = context_of(request)
    page = partial(context.audit.page, asked, place=place, limit=PER_PAGE, is_backward=is_backward)
    return await in_thread(context, page)


def _place(request: Request) -> int | None:
    """From where the page goes on."""
    given = request.query_params.get("place", "")
    return int(given) if _POSITION.fullmatch(given) else None


async def _row(request: Request, position: str) -> Row:
    context = context_of(request)
    row = (
        await in_thread(context, partial(context.audit.event, int(position))) if _POSITION.fullmatch(position) else None
    )
    if row is None:
        raise Problem("ressource_inconnue")
    return row


async def _page(
    request: Request,
    session: Session,
    row: Row,
    *,
    form: Formulaire | None = None,
    motif: str | None = None,
    erreurs: Erreurs | None = None,
    status: int = 200,
) -> Response:
    """The event; with a reason, its personal part is open."""
    context = context_of(request)
    [vue] = await in_thread(context, lambda: vues(context, [row], personnel=motif is not None))
    personnel = msgspec.json.decode(msgspec.json.encode(vue.personnel)) if vue.personnel is not None else None
    numero = personnel.get("numero_adherent") if isinstance(personnel, dict) else None
    response = render(
        request,
        "audit_evenement.html",
        session=session,
        actif=JOURNAL,
        status=status,
        evenement=vue,
        brut=brut(row, vue),
        faits=_pretty(vue.faits),
        personnel=_pretty(personnel),
        numero=numero,
        motif_regard=motif,
        head=await in_thread(context, context.services.journal.position),
        valeurs=form or Formulaire(),
        erreurs=erreurs or {},
    )
    if numero is not None and motif is not None:
        open_consultation(request, response, session, numero, motif)
    return response


def _pretty(value: object) -> str | None:
    """JSON to be read by a person."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if value is not None else None
