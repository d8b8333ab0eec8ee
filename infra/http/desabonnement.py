"""The page behind « ne plus rien recevoir »: without signing in, and never by a mere look.

Mail servers follow links to examine them, so GET asks and POST does. Mail programs post by themselves for their own
button (RFC 8058, One-Click).
"""

import base64
import hashlib
from contextlib import suppress
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from infra.http.context import context_of
from infra.notifications.frequences import Frequence
from infra.notifications.preferences import BeneficiaireInconnu
from infra.notifications.unsubscribe import PATH

router = APIRouter(include_in_schema=False)

_STYLE = (
    "body{margin:0;font:1.125rem/1.6 system-ui,sans-serif;color:#1b1b1b;background:#fff}"
    "main{max-width:34rem;margin:0 auto;padding:3rem 1.25rem}h1{font-size:1.6rem;line-height:1.25}"
    "button{font:inherit;padding:.7rem 1.2rem;border:2px solid #8a1020;border-radius:.4rem;background:#8a1020;"
    "color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #1b1b1b;outline-offset:3px}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}
_PAGE = """<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{titre} – Notifications</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{titre}</h1>
{corps}
</main>
</body>
</html>
"""
_ASK = (
    "Ne plus recevoir de courriels ?",
    "<p>Vous ne serez plus prévenu de vos nouveaux remboursements. Vous pourrez changer d'avis à tout moment dans "
    "votre espace, rubrique Notifications. Les messages de sécurité continuent.</p>\n"
    '<form method="post"><button type="submit">Ne plus rien recevoir</button></form>',
)
_DONE = (
    "C'est fait",
    "<p>Vous ne recevrez plus de courriels sur vos remboursements. Un message déjà parti peut encore arriver.</p>",
)
_WRONG = (
    "Ce lien n'est pas complet",
    "<p>Reprenez-le tel qu'il est dans le message, ou changez vos choix dans votre espace, rubrique Notifications.</p>",
)
Jeton = Annotated[str, Query()]


@router.get(PATH)
async def ask(request: Request, jeton: Jeton = "") -> Response:
    """Ask to confirm."""
    known = context_of(request).services.desabonnement.read(jeton)
    return _page(_ASK, 200) if known is not None else _page(_WRONG, 404)


@router.post(PATH)
async def unsubscribe(request: Request, jeton: Jeton = "") -> Response:
    """Do it; a second time changes nothing."""
    context = context_of(request)
    known = context.services.desabonnement.read(jeton)
    if known is None:
        return _page(_WRONG, 404)
    sujet, beneficiaire = known
    choose = partial(context.services.preferences.choose, sujet, beneficiaire, Frequence.AUCUNE)
    with suppress(BeneficiaireInconnu):  # No longer covered, and never chose: nothing is sent anyway.
        await to_thread.run_sync(choose, limiter=context.preference_threads)
    return _page(_DONE, 200)


def _page(said: tuple[str, str], status: int) -> Response:
    titre, corps = said
    return HTMLResponse(_PAGE.format(titre=titre, corps=corps, style=_STYLE), status, headers=_HEADERS)
