"""The people of the house: a first sign-in by a one-use link, always a second factor, a home for each role."""

from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.refus import AccesRefuse, DefiInvalide, TropDEssais
from infra.auth.roles import Role
from infra.auth.sessions import Opened, Session
from infra.portal import cookies
from infra.portal.connexion import MANQUE_MOT_DE_PASSE, proved, verification_page
from infra.portal.enrolement import enrol, enrolment_page
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.gardes import (
    Ailleurs,
    acces_of,
    client_of,
    of_the_house,
    open_session,
    session_or_none,
    step,
)
from infra.portal.mots_de_passe import choose_password, password_page
from infra.portal.pages import redirect, render

ADRESSE = "/maison"
MOT_DE_PASSE = f"{ADRESSE}/mot-de-passe"
LIEN_MAX = 200
"""The longest one-use link that is looked at, in characters."""


router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


class Accueil(NamedTuple):
    """What a role reads on its home."""

    nom: str
    peut: tuple[str, ...]
    ne_peut_pas: str


ROLES = {
    Role.AUDITEUR: Accueil(
        "Auditeur",
        (
            "Lire les relevés, le reste à charge et les décomptes d’un adhérent, toutes années confondues.",
            "Rejouer l’état connu à une date ou à une position du journal (commande « decompte replay »).",
            "Parcourir le journal, voir la balance de tous les soins à un jour donné.",
            "Ouvrir le dossier d’un adhérent en disant pourquoi.",
        ),
        "Rien ne se modifie d’ici. Chaque consultation d’un adhérent demande un motif et est consignée.",
    ),
    Role.ASSIA: Accueil(
        "Équipe Assia",
        (
            "Suivre les sinistres causés par un tiers qui sont confiés à l’équipe.",
            "Rapprocher ce qui a été récupéré de ce qui a été payé.",
        ),
        "Les données d’un adhérent sans sinistre ne vous sont pas ouvertes. Chaque consultation est consignée.",
    ),
    Role.EXPLOITANT: Accueil(
        "Exploitant",
        (
            "Traiter les messages mis en quarantaine.",
            "Surveiller l’état du service et le retard des lectures.",
        ),
        "Les relevés des adhérents ne vous sont pas ouverts.",
    ),
}


@router.get("")
async def show_maison(request: Request) -> Response:
    """Home of a role."""
    session = await of_the_house(request)
    acces = acces_of(request)
    return render(
        request,
        "maison.html",
        session=session,
        accueil=ROLES[session.role],
        sessions=await step(request, lambda: acces.sessions(session)),
    )


@router.get("/connexion")
async def show_connexion(request: Request) -> Response:
    """The form; who is signed in already goes on."""
    session = await session_or_none(request)
    if session is not None and session.is_house:
        return redirect(ADRESSE)
    return render(request, "maison_connexion.html", is_house=True, valeurs=Formulaire())


@router.post("/connexion")
async def sign_in(request: Request) -> Response:
    """Open a session in which nothing works until the second factor is proved."""
    form = await read_form(request, None)
    erreurs: Erreurs = {}
    if not form["adresse"]:
        erreurs["adresse"] = "Saisissez votre adresse électronique."
    if not form.raw("mot_de_passe"):
        erreurs["mot_de_passe"] = MANQUE_MOT_DE_PASSE
    if not erreurs:
        client = client_of(request)
        try:
            opened = await step(
                request,
                lambda: acces_of(request).sign_in_house(form["adresse"], form.raw("mot_de_passe"), client=client),
            )
            return open_session(request, redirect(ADRESSE), opened)
        except TropDEssais:
            raise
        except AccesRefuse:
            erreurs[""] = "L’adresse ou le mot de passe n’est pas le bon, ou l’accès est bloqué."
    status = 401 if "" in erreurs else 422
    return render(request, "maison_connexion.html", status=status, is_house=True, valeurs=form, erreurs=erreurs)


@router.post("/deconnexion")
async def sign_out(request: Request) -> Response:
    """End this session."""
    session = await session_or_none(request)
    response = redirect(f"{ADRESSE}/connexion", fait="deconnecte")
    if session is not None:
        await read_form(request, session)
        await step(request, lambda: acces_of(request).sign_out(session))
    cookies.drop(request, response, cookies.SESSION)
    return response


@router.get("/lien/{jeton}")
async def show_lien(request: Request, jeton: str) -> Response:
    """The one-use link is not used up by being looked at: programs that read mails follow links."""
    return render(request, "lien.html", is_house=True, jeton=jeton[:LIEN_MAX])


@router.post("/lien")
async def use_lien(request: Request) -> Response:
    """Use the link up; then a password."""
    form = await read_form(request, None)
    try:
        defi = await step(request, lambda: acces_of(request).open_link(form["jeton"][:LIEN_MAX]))
    except DefiInvalide:
        message = "Ce lien a déjà servi ou n’est plus valable. Demandez-en un autre à l’exploitant."
        return render(request, "lien.html", is_house=True, status=422, jeton="", erreurs={"": message})
    response = redirect(MOT_DE_PASSE)
    cookies.put(request, response, cookies.DEFI, defi.secret, seconds=cookies.COURT_SECONDS)
    return response


@router.get("/mot-de-passe")
async def show_mot_de_passe(request: Request) -> Response:
    """The form of the password."""
    if not cookies.read(request, cookies.DEFI):
        return redirect(f"{ADRESSE}/connexion")
    return password_page(request, MOT_DE_PASSE, {})


@router.post("/mot-de-passe")
async def choose(request: Request) -> Response:
    """Set the password; then the second factor."""
    form = await read_form(request, None)
    chosen = await choose_password(request, form)
    if isinstance(chosen, Opened):
        return open_session(request, redirect(ADRESSE), chosen)
    if chosen is None:
        return redirect(f"{ADRESSE}/connexion")
    return password_page(request, MOT_DE_PASSE, chosen, status=422)


@router.get("/verification")
async def show_verification(request: Request) -> Response:
    """The second factor."""
    session = await _half_open(request)
    if session.may_act():
        return redirect(ADRESSE)
    return await verification_page(request, session, suite=ADRESSE)


@router.post("/verification")
async def prove(request: Request) -> Response:
    """Prove the second factor, and go on."""
    session = await _half_open(request)
    form = await read_form(request, session)
    return await proved(request, session, form, suite=ADRESSE)


@router.get("/code-de-securite")
async def show_totp(request: Request) -> Response:
    """Put the second factor in place, before anything else."""
    return await enrolment_page(request, await _half_open(request))


@router.post("/code-de-securite")
async def enrol_totp(request: Request) -> Response:
    """Begin, then confirm by a first code."""
    return await enrol(request, await _half_open(request))


async def _half_open(request: Request) -> Session:
    """A session of the house, its second factor proved or not."""
    session = await session_or_none(request)
    if session is None or not session.is_house:
        raise Ailleurs(redirect(f"{ADRESSE}/connexion"))
    return session
