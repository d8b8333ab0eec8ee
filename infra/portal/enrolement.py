"""Put a second factor in place: an authenticator by its QR code, a passkey; recovery codes to keep.

The same pages serve members and people of the house, who must have one before anything else.
"""

import base64
import json
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.refus import AccesRefuse, CodeEnrolementRequis, TropDEssais
from infra.auth.sessions import Enrolment, Session
from infra.http.problems import Problem
from infra.portal import cookies
from infra.portal.connexion import MANQUE_CODE, read_credential
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, read_form
from infra.portal.gardes import acces_of, client_of, signed_in, step, with_second_factor
from infra.portal.pages import now, redirect, render
from infra.portal.suite import local

BASE = "/espace/securite"
TOTP = f"{BASE}/code-de-securite"

router = APIRouter(prefix=BASE, include_in_schema=False, route_class=PageRoute)


@router.get("/code-de-securite")
async def show_totp(request: Request) -> Response:
    """Why, and the way to begin; first a code when the password alone opened this session."""
    session = await _may_enrol(request)
    return await enrolment_page(request, session)


@router.post("/code-de-securite")
async def enrol_totp(request: Request) -> Response:
    """Begin, then confirm by a first code."""
    session = await _may_enrol(request)
    return await enrol(request, session)


async def enrol(request: Request, session: Session) -> Response:
    """The two steps of an authenticator: its QR code, then a first code; then recovery codes to keep."""
    form = await read_form(request, session)
    suite = local(form["suite"])
    acces = acces_of(request)
    if form["etape"] != "confirmer":
        enrolment = await step(request, lambda: acces.begin_totp(session))
        return await enrolment_page(request, session, enrolment=enrolment, suite=suite)
    code, client = form["code"].replace(" ", ""), client_of(request)
    if not code:
        return await enrolment_page(
            request, session, is_begun=True, suite=suite, erreurs={"code": MANQUE_CODE}, status=422
        )
    try:
        enrolled = await step(request, lambda: acces.confirm_totp(session, code, client=client))
    except TropDEssais:
        raise
    except AccesRefuse as refused:
        return await enrolment_page(
            request, session, is_begun=True, suite=suite, erreurs={"code": str(refused)}, status=422
        )
    page = codes_page(request, enrolled.session, enrolled.recovery_codes, suite=suite)
    cookies.put(request, page, cookies.SESSION, enrolled.secret)
    return page


async def enrolment_page(
    request: Request,
    session: Session,
    *,
    enrolment: Enrolment | None = None,
    is_begun: bool = False,
    suite: str | None = None,
    erreurs: Erreurs | None = None,
    status: int = 200,
) -> Response:
    """The page of an authenticator, at the step that it has reached."""
    factors = await step(request, lambda: acces_of(request).factors(session))
    return render(
        request,
        "enrolement.html",
        session=session,
        status=status,
        actif=BASE,
        action="/maison/code-de-securite" if session.is_house else TOTP,
        enrolment=enrolment,
        qr=_data_address(enrolment.svg) if enrolment is not None else None,
        is_begun=is_begun or enrolment is not None,
        may_enrol=session.may_enrol(now()) or factors.can_enrol,
        facteurs=factors,
        suite=suite or local(request.query_params.get("suite")),
        erreurs=erreurs or {},
    )


@router.get("/confirmation")
async def show_confirmation(request: Request) -> Response:
    """The code that was sent before a first second factor."""
    session = await signed_in(request)
    return _confirmation_page(request, session, {})


@router.post("/confirmation")
async def confirm(request: Request) -> Response:
    """Send the code, or take it."""
    session = await signed_in(request)
    form = await read_form(request, session)
    acces, client = acces_of(request), client_of(request)
    if form["etape"] == "envoyer":
        defi = await step(request, lambda: acces.begin_enrolment_code(session, client=client))
        response = redirect(f"{BASE}/confirmation")
        cookies.put(request, response, cookies.DEFI, defi.secret, seconds=cookies.COURT_SECONDS)
        return response
    code, begun = form["code"].replace(" ", ""), cookies.read(request, cookies.DEFI) or ""
    if not code:
        return _confirmation_page(request, session, {"code": MANQUE_CODE}, status=422)
    try:
        await step(request, lambda: acces.confirm_enrolment_code(session, begun, code, client=client))
    except TropDEssais:
        raise
    except AccesRefuse as refused:
        return _confirmation_page(request, session, {"code": str(refused)}, status=422)
    response = redirect(TOTP)
    cookies.drop(request, response, cookies.DEFI)
    return response


@router.post("/codes")
async def renew_codes(request: Request) -> Response:
    """New recovery codes; the former ones no longer work."""
    session = await with_second_factor(request)
    await read_form(request, session)
    codes = await step(request, lambda: acces_of(request).renew_recovery_codes(session))
    return codes_page(request, session, codes, suite=BASE)


@router.get("/cle")
async def show_cle(request: Request) -> Response:
    """The form of a new passkey."""
    session = await _may_enrol(request)
    return await _passkey_page(request, session, {})


@router.post("/cle")
async def add_cle(request: Request) -> Response:
    """Keep a passkey."""
    session = await _may_enrol(request)
    form = await read_form(request, session)
    nom, client = form["nom"][:60] or "Ma clé d’accès", client_of(request)
    try:
        enrolled = await step(
            request,
            lambda: acces_of(request).finish_passkey_registration(
                session, read_credential(form), nom=nom, client=client
            ),
        )
    except TropDEssais:
        raise
    except AccesRefuse as refused:
        return await _passkey_page(request, session, {"": str(refused)}, status=422)
    if enrolled.recovery_codes:
        page = codes_page(request, enrolled.session, enrolled.recovery_codes, suite=BASE)
        cookies.put(request, page, cookies.SESSION, enrolled.secret)
        return page
    response = redirect(BASE, fait="cle-ajoutee")
    cookies.put(request, response, cookies.SESSION, enrolled.secret)
    return response


@router.post("/cle/retirer")
async def remove_cle(request: Request) -> Response:
    """Remove one passkey."""
    session = await with_second_factor(request)
    form = await read_form(request, session)
    try:
        identifier = UUID(form["id"])
    except ValueError:
        raise Problem("ressource_inconnue") from None
    await step(request, lambda: acces_of(request).remove_passkey(session, identifier))
    return redirect(BASE, fait="cle-retiree")


def codes_page(request: Request, session: Session, codes: tuple[str, ...], *, suite: str) -> Response:
    """The recovery codes, shown this once."""
    suite = "/maison" if session.is_house else suite
    return render(request, "codes.html", session=session, actif=BASE, codes=codes, suite=suite)


async def _may_enrol(request: Request) -> Session:
    """A member's session; with a second factor in place, it was proved lately."""
    session = await signed_in(request)
    return await with_second_factor(request) if session.has_second_factor else session


async def _passkey_page(request: Request, session: Session, erreurs: Erreurs, *, status: int = 200) -> Response:
    try:
        options = await step(request, lambda: acces_of(request).begin_passkey_registration(session))
    except CodeEnrolementRequis:
        return redirect(TOTP)
    return render(
        request,
        "cle.html",
        session=session,
        actif=BASE,
        status=status,
        options=json.dumps(options),
        erreurs=erreurs,
    )


def _confirmation_page(request: Request, session: Session, erreurs: Erreurs, *, status: int = 200) -> Response:
    return render(request, "confirmation.html", session=session, actif=BASE, status=status, erreurs=erreurs)


def _data_address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
