"""A page from its template: its frame, its headers, the token of its forms."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from infra.auth.roles import Role
from infra.auth.sessions import Session
from infra.portal import audit_mots, cookies, faits, jetons, mots, recours_mots, statiques

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    # Not `no-referrer`: browsers would then say « Origin: null » on our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Entree(NamedTuple):
    """An entry of the menu."""

    adresse: str
    nom: str


MENU = (
    Entree("/espace", "Accueil"),
    Entree("/espace/remboursements", "Mes remboursements"),
    Entree("/espace/comparaison", "Comparer deux années"),
    Entree("/espace/impots", "Préparer mes impôts"),
    Entree("/espace/demandes", "Mes demandes"),
    Entree("/espace/notifications", "Notifications"),
    Entree("/espace/securite", "Sécurité"),
)

MENUS = {
    Role.ADHERENT: MENU,
    Role.AUDITEUR: (
        Entree("/maison", "Accueil"),
        Entree("/maison/audit", "Audit"),
        Entree("/maison/audit/journal", "Journal"),
        Entree("/maison/audit/balance", "Balance"),
        Entree("/maison/audit/acces", "Qui a consulté"),
    ),
    Role.ASSIA: (
        Entree("/maison", "Accueil"),
        Entree("/maison/recours", "Sinistres"),
        Entree("/maison/recours/declarer", "Déclarer"),
        Entree("/maison/recours/suggestions", "Propositions"),
        Entree("/maison/recours/ecarts", "Écarts"),
        Entree("/maison/recours/bordereaux", "Bordereaux"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The frame of one page."""

    csrf: str
    session: Session | None
    actif: str | None
    fait: str | None
    menu: tuple[Entree, ...]
    accueil: str
    lieu: str
    deconnexion: str


@cache
def environment() -> Environment:
    """The templates, made once. Everything is escaped; an unknown name is an error, never an empty space."""
    folder = files("infra.portal") / "templates"

    def load(name: str) -> str:
        return mots.spaced((folder / name).read_text(encoding="utf-8"))

    made = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["statique"] = statiques.adresse
    made.filters.update(mots.FILTRES)
    made.filters.update(audit_mots.FILTRES)
    made.globals.update(mots.NOMS)
    made.globals.update(recours_mots.NOMS)
    made.globals.update(audit_mots.NOMS)
    return made


def render(
    request: Request,
    template: str,
    *,
    session: Session | None = None,
    actif: str | None = None,
    status: int = 200,
    is_house: bool = False,
    **values: Any,
) -> HTMLResponse:
    """The answer that shows a template. Without a session its forms carry the token of this browser."""
    nonce = None if session is not None else jetons.browser_nonce(request)
    is_house = is_house or (session is not None and session.is_house)
    # A person of the house goes nowhere before her second factor.
    has_menu = session is not None and (not session.is_house or session.may_act())
    page = Page(
        csrf=session.csrf if session is not None else jetons.token_of(nonce or ""),
        session=session,
        actif=actif,
        fait=faits.FAITS.get(request.query_params.get("fait", "")),
        menu=MENUS.get(session.role, ()) if session is not None and has_menu else (),
        accueil="/maison" if is_house else "/espace",
        lieu="Maison" if is_house else "Espace adhérent",
        deconnexion="/maison/deconnexion" if is_house else "/espace/deconnexion",
    )
    content = environment().get_template(template).render(page=page, **{"erreurs": {}, **values})
    response = HTMLResponse(content, status, headers=HEADERS)
    if nonce is not None:
        cookies.put(request, response, cookies.FORMULAIRE, nonce)
        if cookies.read(request, cookies.APPAREIL) is None:
            # Before the first sign-in: else the second one, from the same browser, would look like another device.
            cookies.put(request, response, cookies.APPAREIL, jetons.new_device(), seconds=cookies.APPAREIL_SECONDS)
    return response


def redirect(address: str, *, fait: str | None = None) -> RedirectResponse:
    """After a form: the page to read next, which a reload may ask for again. `fait` says there what was done."""
    if fait is not None:
        address += ("&" if "?" in address else "?") + f"fait={fait}"
    return RedirectResponse(address, 303, headers=HEADERS)


def now() -> datetime:
    """The instant, for what expires."""
    return datetime.now(UTC)
