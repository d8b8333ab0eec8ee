"""Security: what protects the access, which devices are signed in, who sees whose care."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.journal_acces import Ligne
from infra.auth.refus import AccesRefuse, IdentifiantsRefuses, MotDePasseFaible, TropDEssais
from infra.auth.sessions import Objet, Session
from infra.http.context import context_of
from infra.http.problems import Problem
from infra.portal import cookies
from infra.portal.dossiers import read_dossier
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.gardes import acces_of, client_of, open_session, signed_in, step, with_second_factor
from infra.portal.mots_de_passe import check_new_password
from infra.portal.pages import now, redirect, render

ADRESSE = "/espace/securite"
REGARDS_READ, REGARDS_SHOWN = 200, 10
"""Of the latest looks at a member, how many are read, and how many of other people's are told."""

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_securite(request: Request) -> Response:
    """Everything that protects the access, on one page."""
    session = await signed_in(request)
    lecture = await read_dossier(request, session)
    acces = acces_of(request)
    return render(
        request,
        "securite.html",
        session=session,
        actif=ADRESSE,
        lecture=lecture,
        facteurs=await step(request, lambda: acces.factors(session)),
        sessions=await step(request, lambda: acces.sessions(session)),
        regards=await _regards(request, session),
        partage=await _partage(request, session),
        masques=[lecture.nom_de(code) for code in sorted(lecture.masques)],
        is_open=session.has_medical_access(now()),
    )


async def _regards(request: Request, session: Session) -> Sequence[Ligne]:
    """Who else looked at this member lately; a beneficiary's own access is not told about the holder."""
    sujet = session.sujet
    if sujet is None or session.beneficiaire is not None:
        return ()
    journal = context_of(request).services.journal_acces
    found = await step(request, lambda: journal.listing(sujet, limit=REGARDS_READ))
    return [ligne for ligne in found if ligne.acteur != session.actor][:REGARDS_SHOWN]


async def _partage(request: Request, session: Session) -> object:
    """What an adult beneficiary said about showing her acts to the holder; None for the holder."""
    if session.beneficiaire is None:
        return None
    consents = await step(request, lambda: acces_of(request).consents(session))
    return next((c for c in consents if c.objet is Objet.PARTAGE_TITULAIRE), None)


@router.get("/mot-de-passe")
async def show_mot_de_passe(request: Request) -> Response:
    """The form of a new password."""
    session = await _ready(request)
    return _password_page(request, session, {})


@router.post("/mot-de-passe")
async def change_mot_de_passe(request: Request) -> Response:
    """Replace the password; every other device is signed out."""
    session = await signed_in(request)
    form = await read_form(request, session)
    erreurs: Erreurs = {}
    if not form.raw("actuel"):
        erreurs["actuel"] = "Saisissez votre mot de passe actuel."
    erreurs |= check_new_password(form)
    if erreurs:
        return _password_page(request, session, erreurs, status=422)
    client = client_of(request)
    try:
        opened = await step(
            request,
            lambda: acces_of(request).change_password(session, form.raw("actuel"), form.raw("nouveau"), client=client),
        )
    except IdentifiantsRefuses:
        return _password_page(request, session, {"actuel": "Ce n’est pas votre mot de passe actuel."}, status=422)
    except MotDePasseFaible as refused:
        message = " ".join([str(refused), *refused.conseils])
        return _password_page(request, session, {"nouveau": message}, status=422)
    return open_session(request, redirect(ADRESSE, fait="mot-de-passe"), opened)


@router.post("/sessions")
async def close_session(request: Request) -> Response:
    """Sign out another device."""
    session = await signed_in(request)
    form = await read_form(request, session)
    identifier = _identifier(form)
    await step(request, lambda: acces_of(request).revoke(session, identifier))
    return redirect(ADRESSE, fait="session-fermee")


@router.post("/partout")
async def sign_out_everywhere(request: Request) -> Response:
    """Sign out every device, this one too."""
    session = await signed_in(request)
    await read_form(request, session)
    await step(request, lambda: acces_of(request).sign_out_everywhere(session))
    response = redirect("/espace/connexion", fait="deconnecte-partout")
    cookies.drop(request, response, cookies.SESSION)
    return response


@router.post("/partage")
async def decide_partage(request: Request) -> Response:
    """An adult beneficiary shows her acts to the holder, or no longer."""
    session = await with_second_factor(request)
    form = await read_form(request, session)
    accorde = form["accorde"] == "oui"
    await step(request, lambda: acces_of(request).consent(session, Objet.PARTAGE_TITULAIRE, accorde=accorde))
    return redirect(ADRESSE, fait="partage-oui" if accorde else "partage-non")


@router.get("/lettre")
async def show_lettre(request: Request) -> Response:
    """For who lost her phone and her recovery codes: the code of a letter."""
    session = await signed_in(request)
    return render(request, "lettre.html", session=session, actif=ADRESSE)


@router.post("/lettre")
async def redeem_lettre(request: Request) -> Response:
    """Remove the lost second factor by the code of a letter."""
    session = await signed_in(request)
    form = await read_form(request, session)
    client = client_of(request)
    try:
        if not form["code"]:
            raise _Missing
        await step(
            request,
            lambda: acces_of(request).redeem_letter(session, form["code"].replace(" ", ""), client=client),
        )
    except TropDEssais:
        raise
    except (AccesRefuse, _Missing) as refused:
        erreurs = {"code": str(refused)}
        return render(request, "lettre.html", session=session, actif=ADRESSE, status=422, erreurs=erreurs)
    return redirect(f"{ADRESSE}/code-de-securite", fait="facteur-retire")


class _Missing(Exception):
    def __str__(self) -> str:
        return "Saisissez le code de la lettre."


async def _ready(request: Request) -> Session:
    """A session that may change what protects the access: with a second factor in place, it was proved lately."""
    session = await signed_in(request)
    return await with_second_factor(request) if session.has_second_factor else session


def _identifier(form: Formulaire) -> UUID:
    try:
        return UUID(form["id"])
    except ValueError:
        raise Problem("ressource_inconnue") from None


def _password_page(request: Request, session: Session, erreurs: Erreurs, *, status: int = 200) -> Response:
    return render(
        request,
        "mot_de_passe.html",
        session=session,
        actif=ADRESSE,
        status=status,
        action=f"{ADRESSE}/mot-de-passe",
        etapes=(),
        asks_current=True,
        erreurs=erreurs,
    )
