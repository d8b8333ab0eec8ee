"""Activate an access, choose another password, unblock: who you are, the code that we sent, a password.

The three go the same way; what is said never tells whether there is such a member. The way under way is kept in a
cookie, so that no address holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.acces import Acces
from infra.auth.refus import (
    AccesRefuse,
    DefiInvalide,
    SecondFacteurRefuse,
    SecondFacteurRequis,
    TropDEssais,
)
from infra.auth.sessions import Client, Defi, Opened
from infra.portal import cookies
from infra.portal.connexion import MANQUE_CODE, MANQUE_NUMERO, read_numero
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Erreurs, Formulaire, read_form
from infra.portal.gardes import acces_of, client_of, open_session, step
from infra.portal.mots_de_passe import choose_password, password_page
from infra.portal.pages import redirect, render

router = APIRouter(prefix="/espace", include_in_schema=False, route_class=PageRoute)

Begin = Callable[[Acces, str, date, str | None, Client], Defi]
Confirm = Callable[[Acces, str, str, Client, str | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demarche:
    """One of the three ways. `apres` is where it goes once the code is right."""

    chemin: str
    titre: str
    intro: str
    begin: Begin
    confirm: Confirm
    apres: str
    fait: str | None = None

    @property
    def etapes(self) -> tuple[str, ...]:
        """The names of its steps."""
        last = ("Votre mot de passe",) if self.apres.endswith("mot-de-passe") else ()
        return ("Qui vous êtes", "Le code reçu", *last)


DEMARCHES = {
    d.chemin: d
    for d in (
        Demarche(
            chemin="activation",
            titre="Activer mon espace",
            intro="Munissez-vous de votre carte de tiers payant. Nous vous enverrons un code à l’adresse que SMI "
            "connaît.",
            begin=lambda acces, numero, jour, code, client: acces.begin_activation(numero, jour, code, client=client),
            confirm=lambda acces, defi, code, client, _: acces.confirm_activation_code(defi, code, client=client),
            apres="/espace/activation/mot-de-passe",
        ),
        Demarche(
            chemin="oubli",
            titre="Choisir un autre mot de passe",
            intro="Nous vérifions d’abord que c’est vous, avec un code envoyé à l’adresse que SMI connaît. Votre "
            "code de sécurité reste en place.",
            begin=lambda acces, numero, jour, code, client: acces.begin_reset(numero, jour, code, client=client),
            confirm=lambda acces, defi, code, client, second: acces.confirm_reset_code(
                defi, code, client=client, second_factor=second
            ),
            apres="/espace/oubli/mot-de-passe",
        ),
        Demarche(
            chemin="deblocage",
            titre="Débloquer mon accès",
            intro="Après plusieurs échecs, l’accès se bloque pour vous protéger. Une vérification de plus le rouvre : "
            "un code envoyé à l’adresse que SMI connaît et, si vous en avez un, votre code de sécurité.",
            begin=lambda acces, numero, jour, code, client: acces.begin_unblock(numero, jour, code, client=client),
            confirm=lambda acces, defi, code, client, second: acces.confirm_unblock_code(
                defi, code, client=client, second_factor=second
            ),
            apres="/espace/connexion",
            fait="debloque",
        ),
    )
}


def _register(demarche: Demarche) -> None:
    """The pages of one way."""

    @router.get(f"/{demarche.chemin}")
    async def show_identite(request: Request) -> Response:
        return _identite_page(request, demarche, Formulaire())

    @router.post(f"/{demarche.chemin}")
    async def begin(request: Request) -> Response:
        form = await read_form(request, None)
        erreurs = _check_identite(form)
        jour = form.jour("naissance")
        if erreurs or jour is None:
            return _identite_page(request, demarche, form, erreurs, status=422)
        client = client_of(request)
        defi = await step(
            request,
            lambda: demarche.begin(acces_of(request), read_numero(form), jour, form["beneficiaire"] or None, client),
        )
        response = redirect(f"/espace/{demarche.chemin}/code")
        cookies.put(request, response, cookies.DEFI, defi.secret, seconds=cookies.COURT_SECONDS)
        return response

    @router.get(f"/{demarche.chemin}/code")
    async def show_code(request: Request) -> Response:
        if not cookies.read(request, cookies.DEFI):
            return redirect(f"/espace/{demarche.chemin}")
        return _code_page(request, demarche, {})

    @router.post(f"/{demarche.chemin}/code")
    async def confirm(request: Request) -> Response:
        form = await read_form(request, None)
        defi = cookies.read(request, cookies.DEFI)
        if not defi:
            return redirect(f"/espace/{demarche.chemin}")
        if not form["code"]:
            return _code_page(request, demarche, {"code": MANQUE_CODE}, status=422)
        second = form["second"].replace(" ", "") or None
        client, code = client_of(request), form["code"].replace(" ", "")
        try:
            await step(request, lambda: demarche.confirm(acces_of(request), defi, code, client, second))
        except TropDEssais:
            raise
        except (SecondFacteurRequis, SecondFacteurRefuse) as refused:
            message = str(refused) if second else "Saisissez aussi votre code de sécurité, ou un code de secours."
            return _code_page(request, demarche, {"second": message}, code=code, asks_second=True, status=422)
        except DefiInvalide as refused:
            return _identite_page(request, demarche, Formulaire(), {"": str(refused)}, status=422)
        except AccesRefuse as refused:
            return _code_page(request, demarche, {"code": str(refused)}, asks_second=second is not None, status=422)
        response = redirect(demarche.apres, fait=demarche.fait)
        if demarche.fait is not None:
            cookies.drop(request, response, cookies.DEFI)
        return response

    if demarche.fait is not None:
        return

    @router.get(f"/{demarche.chemin}/mot-de-passe")
    async def show_mot_de_passe(request: Request) -> Response:
        if not cookies.read(request, cookies.DEFI):
            return redirect(f"/espace/{demarche.chemin}")
        return password_page(request, f"/espace/{demarche.chemin}/mot-de-passe", {}, etapes=demarche.etapes)

    @router.post(f"/{demarche.chemin}/mot-de-passe")
    async def choose(request: Request) -> Response:
        form = await read_form(request, None)
        action = f"/espace/{demarche.chemin}/mot-de-passe"
        chosen = await choose_password(request, form)
        if isinstance(chosen, Opened):
            has_factor = chosen.session.has_second_factor
            after = "/espace" if has_factor else "/espace/securite/code-de-securite"
            return open_session(request, redirect(after), chosen)
        if chosen is None:
            return _identite_page(request, demarche, Formulaire(), {"": str(DefiInvalide())}, status=422)
        return password_page(request, action, chosen, status=422, etapes=demarche.etapes)


def _check_identite(form: Formulaire) -> Erreurs:
    erreurs: Erreurs = {}
    if not form["numero"]:
        erreurs["numero"] = MANQUE_NUMERO
    elif len(read_numero(form)) > 20:
        erreurs["numero"] = "Un numéro d’adhérent a 20 caractères au plus. Recopiez celui de votre carte."
    if form.jour("naissance") is None:
        erreurs["naissance"] = "Saisissez une date de naissance qui existe, par exemple 3 / 2 / 1980."
    return erreurs


def _identite_page(
    request: Request, demarche: Demarche, form: Formulaire, erreurs: Erreurs | None = None, *, status: int = 200
) -> Response:
    return render(request, "demarche.html", status=status, demarche=demarche, valeurs=form, erreurs=erreurs or {})


def _code_page(
    request: Request,
    demarche: Demarche,
    erreurs: Erreurs,
    *,
    code: str = "",
    asks_second: bool = False,
    status: int = 200,
) -> Response:
    return render(
        request,
        "demarche_code.html",
        status=status,
        demarche=demarche,
        erreurs=erreurs,
        code=code,
        asks_second=asks_second or demarche.chemin == "deblocage",
    )


for _demarche in DEMARCHES.values():
    _register(_demarche)
