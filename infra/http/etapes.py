"""What the routes of the access share: whose session, how a step is run, what may be answered."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from infra.auth.acces import Acces
from infra.auth.sessions import Client, Opened, Session
from infra.http.access import acces_step, session_of_request
from infra.http.clients import client_of
from infra.http.context import context_of
from infra.http.demandes import Demande, given
from infra.http.documentation import Json, Responses, json_response, problems
from infra.http.examples_acces import DEMANDES_EXAMPLES
from infra.http.vues_acces import SessionDonnee

T = TypeVar("T")
PREFIX = "/v1/acces"
Connecte = Annotated[Session, Depends(session_of_request)]
_BODY = ("corps_trop_grand", "contenu_non_gere", "delai_depasse")
_FAILED = ("erreur_interne", "base_indisponible", "donnees_alterees", "acces_sature")
_SIGNED_IN = ("jeton_absent", "jeton_invalide", "session_terminee")


async def run(request: Request, step: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Run one step of the access in a thread."""
    return await acces_step(context_of(request), partial(step, *arguments, **options))


def acces_of(request: Request) -> Acces:
    """The façade of the access."""
    return context_of(request).services.acces


def client(request: Request, appareil: str | msgspec.UnsetType = msgspec.UNSET) -> Client:
    """From where it is asked. A portal says the device of its user in `appareil`, or in the header `Appareil`."""
    return client_of(request, device=given(appareil) or request.headers.get("appareil", "")[:128] or None)


def answer(view: Any, status: int = 200) -> Response:
    """A view as JSON, kept by nobody."""
    return Response(msgspec.json.encode(view), status, media_type="application/json")


def session_view(session: Session, secret: str | None = None) -> SessionDonnee:
    """A session as it is answered."""
    return SessionDonnee(
        jeton=secret,
        id=session.id,
        role=session.role,
        numero_adherent=session.numero,
        beneficiaire=session.beneficiaire,
        expire_at=session.expire_at.astimezone(UTC),
        a_second_facteur=session.has_second_factor,
        second_facteur_at=session.second_factor_at.astimezone(UTC) if session.second_factor_at is not None else None,
        soins_visibles=session.has_medical_access(datetime.now(UTC)),
    )


def opened_view(opened: Opened) -> SessionDonnee:
    """A session with its new secret."""
    return session_view(opened.session, opened.secret)


def body(kind: type[Demande]) -> Json:
    """The documentation of a body, which FastAPI does not read itself."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{kind.__name__}"},
                    "examples": {"exemple": {"value": DEMANDES_EXAMPLES[kind.__name__]}},
                }
            },
        }
    }


def responses(status: int, description: str, model: Any, *codes: str, has_body: bool, is_open: bool) -> Responses:
    """The answers of a step: its success, and every problem it may meet, in one go so that no status is lost."""
    success: Json = json_response(description, model) if model is not None else {"description": description}
    said = [*codes, *_FAILED]
    if has_body:
        said += [*_BODY, "requete_invalide"]
    if not is_open:
        said += _SIGNED_IN
    return {status: success, **problems(*dict.fromkeys(said))}
