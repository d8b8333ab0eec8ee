"""Notifications: how often a member is written to, and whether her statements come on paper."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Consentement, Objet, Session
from infra.http.context import context_of
from infra.notifications.frequences import Frequence
from infra.notifications.preferences import Preference, Preferences
from infra.portal.erreurs import PageRoute
from infra.portal.formulaires import Formulaire, read_form
from infra.portal.gardes import acces_of, signed_in, step
from infra.portal.pages import redirect, render

ADRESSE = "/espace/notifications"

CHOIX = (
    (Frequence.CHAQUE_REMBOURSEMENT, "À chaque remboursement", "Un courriel dès qu’un nouveau décompte est là."),
    (Frequence.HEBDOMADAIRE, "Une fois par semaine", "Le lundi, s’il y a du nouveau."),
    (Frequence.MENSUELLE, "Une fois par mois", "Le premier du mois, avec le relevé."),
    (Frequence.AUCUNE, "Jamais", "Vous venez voir quand vous voulez."),
)

router = APIRouter(prefix=ADRESSE, include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_notifications(request: Request) -> Response:
    """What was chosen."""
    session = await signed_in(request)
    return await _page(request, session, {})


@router.post("")
async def choose(request: Request) -> Response:
    """Choose how often to be written to."""
    session = await signed_in(request)
    form = await read_form(request, session)
    if form["frequence"] not in Frequence.__members__.values():
        return await _page(request, session, {"frequence": "Choisissez l’une des possibilités."}, status=422)
    frequence = Frequence(form["frequence"])
    sujet = session.sujet
    if sujet is not None:
        await step(request, lambda: _preferences(request).choose(sujet, session.beneficiaire, frequence))
    return redirect(ADRESSE, fait="notifications")


@router.post("/releves")
async def consent(request: Request) -> Response:
    """Consent to paperless statements, or take it back."""
    session = await signed_in(request)
    form = await read_form(request, session)
    accorde = form["accorde"] == "oui"
    await step(request, lambda: acces_of(request).consent(session, Objet.RELEVES_DEMATERIALISES, accorde=accorde))
    return redirect(ADRESSE, fait="demat-oui" if accorde else "demat-non")


async def _page(request: Request, session: Session, erreurs: dict[str, str], *, status: int = 200) -> Response:
    sujet = session.sujet
    preference: Preference | None = None
    if sujet is not None:
        preference = await step(request, lambda: _preferences(request).get(sujet, session.beneficiaire))
    chosen = preference.frequence.value if preference is not None else Frequence.AUCUNE.value
    return render(
        request,
        "notifications.html",
        session=session,
        actif=ADRESSE,
        status=status,
        choix=[{"valeur": f.value, "nom": nom, "aide": aide} for f, nom, aide in CHOIX],
        valeurs=Formulaire([("frequence", chosen)]),
        preference=preference,
        demat=await _demat(request, session),
        erreurs=erreurs,
    )


async def _demat(request: Request, session: Session) -> Consentement | None:
    """What the holder said about paperless statements; None for a beneficiary's own access."""
    consents = await step(request, lambda: acces_of(request).consents(session))
    return next((c for c in consents if c.objet is Objet.RELEVES_DEMATERIALISES), None)


def _preferences(request: Request) -> Preferences:
    return context_of(request).services.preferences
