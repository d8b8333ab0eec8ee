"""Sign in, prove the second factor, sign out."""

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.refus import AccesRefuse, PasskeyRefusee, TropDEssais
from infra.auth.sessions import Opened, Session
from infra.portal import cookies
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Formulaire, read_form
from infra.portal.gardes import acces_of, client_of, open_session, session_or_none, signed_in, step
from infra.portal.pages import now, redirect, render
from infra.portal.suite import ACCUEIL, local

router = APIRouter(prefix="/espace", include_in_schema=False, route_class=PageRoute)

MANQUE_NUMERO = "Saisissez votre numéro d’adhérent."
MANQUE_MOT_DE_PASSE = "Saisissez votre mot de passe."
MANQUE_CODE = "Saisissez le code."


@router.get("/connexion")
async def show_connexion(request: Request) -> Response:
    """The form; who is signed in already goes on."""
    session = await session_or_none(request)
    suite = local(request.query_params.get("suite"))
    if session is not None and not session.is_house:
        return redirect(suite)
    return render(request, "connexion.html", suite=suite, valeurs=Formulaire())


@router.post("/connexion")
async def sign_in(request: Request) -> Response:
    """Open a session that shows amounts, and go on."""
    form = await read_form(request, None)
    suite = local(form["suite"])
    erreurs = {}
    if not form["numero"]:
        erreurs["numero"] = MANQUE_NUMERO
    if not form.raw("mot_de_passe"):
        erreurs["mot_de_passe"] = MANQUE_MOT_DE_PASSE
    if not erreurs:
        client = client_of(request)
        try:
            opened = await step(
                request,
                lambda: acces_of(request).sign_in(
                    read_numero(form),
                    form.raw("mot_de_passe"),
                    client=client,
                    beneficiaire=form["beneficiaire"] or None,
                ),
            )
            return open_session(request, redirect(suite), opened)
        except TropDEssais:
            raise
        except AccesRefuse as refused:
            erreurs[""] = str(refused)
    status = 401 if "" in erreurs else 422
    return render(request, "connexion.html", status=status, suite=suite, valeurs=form, erreurs=erreurs)


@router.post("/deconnexion")
async def sign_out(request: Request) -> Response:
    """End this session."""
    session = await session_or_none(request)
    response = redirect("/espace/connexion", fait="deconnecte")
    if session is not None:
        await read_form(request, session)
        await step(request, lambda: acces_of(request).sign_out(session))
    cookies.drop(request, response, cookies.SESSION)
    return response


@router.get("/verification")
async def show_verification(request: Request) -> Response:
    """The second factor: a code, a recovery code or a passkey."""
    session = await signed_in(request)
    suite = local(request.query_params.get("suite"))
    if not session.has_second_factor:
        return redirect("/espace/securite/code-de-securite")
    if session.has_medical_access(now()) and suite != ACCUEIL:
        return redirect(suite)
    return await verification_page(request, session, suite=suite)


@router.post("/verification")
async def prove(request: Request) -> Response:
    """Prove the second factor, and go on."""
    session = await signed_in(request)
    form = await read_form(request, session)
    return await proved(request, session, form, suite=local(form["suite"]))


async def proved(request: Request, session: Session, form: Formulaire, *, suite: str) -> Response:
    """The answer to a proof: the page to go on to, or the form again."""
    champ = {"secours": "code_secours", "cle": ""}.get(form["moyen"], "code")
    if champ and not form[champ]:
        return await verification_page(request, session, suite=suite, erreurs={champ: MANQUE_CODE}, status=422)
    client = client_of(request)
    try:
        opened = await step(request, lambda: _prove(request, session, form, client))
    except TropDEssais:
        raise
    except AccesRefuse as refused:
        if await session_or_none(request) is None:  # too many failures: the access is blocked
            return redirect("/maison/connexion" if session.is_house else "/espace/deblocage")
        return await verification_page(request, session, suite=suite, erreurs={champ: str(refused)}, status=422)
    return open_session(request, redirect(suite), opened)


def _prove(request: Request, session: Session, form: Formulaire, client: Any) -> Opened:
    acces = acces_of(request)
    if form["moyen"] == "secours":
        return acces.prove_recovery_code(session, form["code_secours"], client=client)
    if form["moyen"] == "cle":
        return acces.finish_passkey_proof(session, read_credential(form), client=client)
    return acces.prove_totp(session, form["code"].replace(" ", ""), client=client)


async def verification_page(
    request: Request,
    session: Session,
    *,
    suite: str,
    erreurs: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The form of the second factor, with what this person has put in place."""
    factors = await step(request, lambda: acces_of(request).factors(session))
    options = None
    if factors.passkeys:
        options = json.dumps(await step(request, lambda: acces_of(request).begin_passkey_proof(session)))
    return render(
        request,
        "verification.html",
        session=session,
        status=status,
        suite=suite,
        action="/maison/verification" if session.is_house else "/espace/verification",
        facteurs=factors,
        options=options,
        valeurs=Formulaire(),
        erreurs=erreurs or {},
    )


def read_numero(form: Formulaire) -> str:
    """A member's number as cards print it: capitals, without the spaces."""
    return "".join(form["numero"].split()).upper()


def read_credential(form: Formulaire) -> dict[str, Any]:
    """What the browser's passkey answered. Raises PasskeyRefusee."""
    try:
        credential = json.loads(form["cle"])
    except (ValueError, RecursionError):
        raise PasskeyRefusee from None
    if not isinstance(credential, dict):
        raise PasskeyRefusee
    return credential
