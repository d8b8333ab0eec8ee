"""`/v1/acces/…`: activation, forgotten password, blocked access, and the password itself. Open to who has no session.

The same is answered, after the same time, whether there is such a member or not.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auth.sessions import Defi
from infra.http.demandes import (
    ChangementDeMotDePasse,
    ChoixDeMotDePasse,
    ConfirmationDeCode,
    DemandeDeCode,
    LienMaison,
    MotDePasseAEstimer,
    given,
    read_demande,
)
from infra.http.etapes import PREFIX, Connecte, acces_of, answer, body, client, opened_view, responses, run
from infra.http.vues_acces import CodeConfirme, DefiOuvert, MotDePasseEstime, SessionDonnee

router = APIRouter(prefix=PREFIX, tags=["acces"])

_SENT = "Un code est envoyé à l'adresse enregistrée, s'il y a lieu ; la réponse est la même pour un numéro inconnu."
_WITH_SECOND = " D'un accès bloqué qui a un second facteur, il est demandé aussi (`second_facteur`)."
_BEGIN = responses(202, "Démarche commencée.", DefiOuvert, "trop_d_essais", has_body=True, is_open=True)


def _defi(defi: Defi) -> DefiOuvert:
    return DefiOuvert(defi=defi.secret, expire_at=defi.expire_at)


@router.post(
    "/activations",
    operation_id="begin_activation",
    summary="Demander un code pour activer un accès",
    description=_SENT + " Sans adresse, le code imprimé sur une lettre en tient lieu.",
    status_code=202,
    responses=_BEGIN,
    openapi_extra=body(DemandeDeCode),
)
async def begin_activation(request: Request) -> Response:
    """Begin."""
    asked = await read_demande(request, DemandeDeCode)
    step = acces_of(request).begin_activation
    numero, born, other = asked.numero_adherent, asked.date_naissance, given(asked.beneficiaire)
    return answer(_defi(await run(request, step, numero, born, other, client=client(request))), 202)


@router.post(
    "/activations/confirmation",
    operation_id="confirm_activation",
    summary="Confirmer le code d'activation",
    description="Le code reçu, ou celui d'une lettre. Cinq essais, un quart d'heure.",
    responses=responses(
        200, "Confirmé.", CodeConfirme, "code_refuse", "defi_invalide", "trop_d_essais", has_body=True, is_open=True
    ),
    openapi_extra=body(ConfirmationDeCode),
)
async def confirm_activation(request: Request) -> Response:
    """Confirm."""
    said = await read_demande(request, ConfirmationDeCode)
    step = acces_of(request).confirm_activation_code
    await run(request, step, said.defi, said.code, client=client(request, said.appareil))
    return answer(CodeConfirme())


_CONFIRM = responses(
    200,
    "Confirmé.",
    CodeConfirme,
    "code_refuse",
    "second_facteur_requis",
    "second_facteur_refuse",
    "defi_invalide",
    "trop_d_essais",
    has_body=True,
    is_open=True,
)


@router.post(
    "/reinitialisations",
    operation_id="begin_reset",
    summary="Demander un code pour un mot de passe oublié",
    description=_SENT,
    status_code=202,
    responses=_BEGIN,
    openapi_extra=body(DemandeDeCode),
)
async def begin_reset(request: Request) -> Response:
    """Begin."""
    asked = await read_demande(request, DemandeDeCode)
    step = acces_of(request).begin_reset
    numero, born, other = asked.numero_adherent, asked.date_naissance, given(asked.beneficiaire)
    return answer(_defi(await run(request, step, numero, born, other, client=client(request))), 202)


@router.post(
    "/reinitialisations/confirmation",
    operation_id="confirm_reset",
    summary="Confirmer le code d'un mot de passe oublié",
    description="Puis choisir le mot de passe. Le second facteur reste en place." + _WITH_SECOND,
    responses=_CONFIRM,
    openapi_extra=body(ConfirmationDeCode),
)
async def confirm_reset(request: Request) -> Response:
    """Confirm."""
    said = await read_demande(request, ConfirmationDeCode)
    step, second = acces_of(request).confirm_reset_code, given(said.second_facteur)
    await run(request, step, said.defi, said.code, client=client(request, said.appareil), second_factor=second)
    return answer(CodeConfirme())


@router.post(
    "/deblocages",
    operation_id="begin_unblock",
    summary="Demander un code pour débloquer un accès",
    description=_SENT,
    status_code=202,
    responses=_BEGIN,
    openapi_extra=body(DemandeDeCode),
)
async def begin_unblock(request: Request) -> Response:
    """Begin."""
    asked = await read_demande(request, DemandeDeCode)
    step = acces_of(request).begin_unblock
    numero, born, other = asked.numero_adherent, asked.date_naissance, given(asked.beneficiaire)
    return answer(_defi(await run(request, step, numero, born, other, client=client(request))), 202)


@router.post(
    "/deblocages/confirmation",
    operation_id="confirm_unblock",
    summary="Débloquer un accès",
    description="La vérification complémentaire : le code." + _WITH_SECOND,
    responses=_CONFIRM,
    openapi_extra=body(ConfirmationDeCode),
)
async def confirm_unblock(request: Request) -> Response:
    """Confirm."""
    said = await read_demande(request, ConfirmationDeCode)
    step, second = acces_of(request).confirm_unblock_code, given(said.second_facteur)
    await run(request, step, said.defi, said.code, client=client(request, said.appareil), second_factor=second)
    return answer(CodeConfirme())


@router.post(
    "/mot-de-passe",
    operation_id="choose_password",
    summary="Choisir le mot de passe",
    description="À la fin d'une activation, d'une réinitialisation ou d'un lien de la maison ; ouvre une session et "
    "ferme les autres. `appareil` : un texte aléatoire que l'appareil garde, pour reconnaître ses connexions.",
    status_code=201,
    responses=responses(
        201, "Session ouverte.", SessionDonnee, "defi_invalide", "mot_de_passe_faible", has_body=True, is_open=True
    ),
    openapi_extra=body(ChoixDeMotDePasse),
)
async def choose_password(request: Request) -> Response:
    """Choose."""
    said = await read_demande(request, ChoixDeMotDePasse)
    step = acces_of(request).choose_password
    opened = await run(request, step, said.defi, said.mot_de_passe, client=client(request, said.appareil))
    return answer(opened_view(opened), 201)


@router.post(
    "/mot-de-passe/estimation",
    operation_id="estimate_password",
    summary="Estimer un mot de passe",
    description="Ce qu'il vaut pour qui parle français et connaît son propriétaire (avec le `defi` confirmé).",
    responses=responses(200, "L'estimation.", MotDePasseEstime, has_body=True, is_open=True),
    openapi_extra=body(MotDePasseAEstimer),
)
async def estimate_password(request: Request) -> Response:
    """Estimate."""
    said = await read_demande(request, MotDePasseAEstimer)
    estimated = await run(request, acces_of(request).estimate_password, said.mot_de_passe, given(said.defi))
    return answer(MotDePasseEstime(score=estimated.score, admis=estimated.is_admitted, conseils=estimated.conseils))


@router.put(
    "/mot-de-passe",
    operation_id="change_password",
    summary="Changer le mot de passe",
    description="Ferme les autres sessions ; celle-ci reçoit un nouveau jeton. Avec un second facteur en place, il "
    "doit avoir été prouvé il y a peu.",
    responses=responses(
        200,
        "Changé.",
        SessionDonnee,
        "identifiants_refuses",
        "second_facteur_requis",
        "mot_de_passe_faible",
        "trop_d_essais",
        has_body=True,
        is_open=False,
    ),
    openapi_extra=body(ChangementDeMotDePasse),
)
async def change_password(request: Request, session: Connecte) -> Response:
    """Change."""
    said = await read_demande(request, ChangementDeMotDePasse)
    step = acces_of(request).change_password
    return answer(opened_view(await run(request, step, session, said.actuel, said.nouveau, client=client(request))))


@router.post(
    "/maison/lien",
    operation_id="open_house_link",
    summary="Ouvrir un lien à usage unique",
    description="Première connexion d'une personne de la maison : mène au choix du mot de passe.",
    responses=responses(200, "Démarche commencée.", DefiOuvert, "defi_invalide", has_body=True, is_open=True),
    openapi_extra=body(LienMaison),
)
async def open_house_link(request: Request) -> Response:
    """Open."""
    said = await read_demande(request, LienMaison)
    return answer(_defi(await run(request, acces_of(request).open_link, said.lien)))
