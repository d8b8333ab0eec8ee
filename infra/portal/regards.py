"""Looks of people of the house at a member: whom, why, and written in the access log before she is shown."""

import re
from collections.abc import Mapping

from starlette.requests import Request

from infra.auth.journal_acces import MOTIF_CHARACTERS_MAX, Regard
from infra.auth.sessions import Session
from infra.http.context import context_of
from infra.portal.formulaires import Erreurs
from ledger.references import NUMERO_ADHERENT

_NUMERO = re.compile(NUMERO_ADHERENT)


def is_numero(given: str) -> bool:
    """Whether a text has the form of a member's number."""
    return _NUMERO.fullmatch(given) is not None


def whom_and_why(form: Mapping[str, str]) -> Erreurs:
    """What is wrong with the fields `numero` and `motif` of a form."""
    erreurs: Erreurs = {}
    if not is_numero(form["numero"]):
        erreurs["numero"] = "Saisissez le numéro de l’adhérent, tel qu’il est sur sa carte."
    if not form["motif"]:
        erreurs["motif"] = "Dites pourquoi vous consultez cet adhérent : c’est consigné."
    elif len(form["motif"]) > MOTIF_CHARACTERS_MAX:
        erreurs["motif"] = f"{MOTIF_CHARACTERS_MAX} caractères au plus."
    return erreurs


async def look(request: Request, session: Session, numero: str | None, action: str, motif: str) -> None:
    """Have a look at a member written before she is shown; where her key is destroyed nothing is left to see."""
    if numero is None:
        return
    context = context_of(request)
    regard = Regard(session.actor, session.role, context.services.keyring.numero_empreinte(numero), action)
    await context.looks.look(regard, motif=motif)
