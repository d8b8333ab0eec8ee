"""The proof logs by HTTP: tiles and checkpoints as C2SP tlog-tiles publishes them, and proofs ready made."""

import base64
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from infra.auth.roles import Role
from infra.auth.tokens import Bearer
from infra.http.access import bearer_in
from infra.http.conditional import answer, answer_bytes
from infra.http.context import Context, context_of
from infra.http.documentation import Json, Responses, file_response, json_response, problems
from infra.http.problems import Problem
from infra.http.vues_preuve import ClePreuve, PreuveCoherence, PreuveInclusion
from infra.preuve.evenements import NAME as EVENEMENTS
from infra.preuve.log import Log
from infra.preuve.reads import NoSuchEntry, NoSuchPoint, NotSealedYet
from infra.preuve.tuiles import Tuile
from ledger.references import stream_of_identity

router = APIRouter(prefix="/v1/preuve/{journal}", tags=["preuve"])

NOTE_TYPE = "text/plain; charset=utf-8"
TILE_TYPE = "application/octet-stream"
TILE_CACHE = "private, max-age=31536000, immutable"
SIZE_MAX = 2**63 - 1
T = TypeVar("T")

Auditeur = Annotated[Bearer, Depends(bearer_in(Role.AUDITEUR))]
Journal = Annotated[str, Path(description="Le nom du journal de preuve.", examples=[EVENEMENTS])]
Taille = Annotated[
    int | None,
    Query(ge=1, le=SIZE_MAX, description="Sous le point de contrôle de cette taille, et non le dernier.", examples=[5]),
]
Position = Annotated[int, Path(ge=1, le=SIZE_MAX, description="La position de l'entrée.", examples=[1])]
_ETAG: dict[str, tuple[str, Json]] = {"ETag": ("Empreinte forte du corps.", {"type": "string"})}


def _responses(success: Json, *further: str, waiting: tuple[str, ...] = ()) -> Responses:
    return {
        200: success,
        304: {"description": "Le client a déjà ces octets (`If-None-Match`)."},
        **problems("jeton_absent", "jeton_invalide", "role_interdit", "requete_invalide", "motif_requis"),
        **problems("ressource_inconnue", *further),
        **problems("erreur_interne", "base_indisponible", "donnees_alterees", *waiting),
    }


async def proof_step(context: Context, step: Callable[[], T]) -> T:
    """Run a read of a log in a thread. Raises `point_inconnu`, `preuve_en_attente`, `ressource_inconnue`."""
    try:
        return await to_thread.run_sync(step, limiter=context.proof_threads)
    except NoSuchPoint:
        raise Problem("point_inconnu") from None
    except NotSealedYet:
        raise Problem("preuve_en_attente") from None
    except NoSuchEntry:
        raise Problem("ressource_inconnue") from None


def log_of(request: Request, name: str) -> Log:
    """The log of the path. Raises `ressource_inconnue`."""
    log = context_of(request).proofs.log(name)
    if log is None:
        raise Problem("ressource_inconnue")
    return log


@router.get(
    "/cle",
    operation_id="read_preuve_cle",
    summary="La clé qui vérifie les points de contrôle",
    description="Clé de vérification C2SP signed-note. Celle à croire a été remise par une autre voie : comparer.",
    responses=_responses(json_response("La clé.", ClePreuve, headers=_ETAG)),
)
async def read_cle(request: Request, _bearer: Auditeur, journal: Journal) -> Response:
    """The key."""
    log = log_of(request, journal)
    return answer(request, ClePreuve(journal=log.name, origine=log.origin, cle=str(log.vkey)))


@router.get(
    "/checkpoint",
    operation_id="read_preuve_checkpoint",
    summary="Le dernier point de contrôle, ou celui d'une taille",
    description="Note signée (C2SP tlog-checkpoint), avec les cosignatures des témoins.",
    response_class=Response,
    responses=_responses(file_response("La note.", "text/plain", {"type": "string"}, headers=_ETAG), "point_inconnu"),
)
async def read_checkpoint(request: Request, _bearer: Auditeur, journal: Journal, taille: Taille = None) -> Response:
    """A checkpoint."""
    context, log = context_of(request), log_of(request, journal)
    point = await proof_step(context, partial(context.proofs.point, log, taille))
    return answer_bytes(request, point.note, NOTE_TYPE)


@router.get(
    "/tile/{chemin:path}",
    operation_id="read_preuve_tile",
    summary="Une tuile, ou un lot d'entrées",
    description="`<L>/<N>[.p/<W>]` ou `entries/<N>[.p/<W>]`, comme C2SP tlog-tiles les nomme. Elles ne changent jamais "
    "et ne disent rien des événements : un mandataire peut les publier.",
    response_class=Response,
    responses=_responses(
        file_response("Les octets.", TILE_TYPE, {"type": "string", "format": "binary"}, headers=_ETAG)
    ),
)
async def read_tile(
    request: Request,
    _bearer: Auditeur,
    journal: Journal,
    chemin: Annotated[str, Path(description="Le chemin de la tuile.", examples=["0/000.p/5"])],
) -> Response:
    """A tile."""
    context, log = context_of(request), log_of(request, journal)
    try:
        tile = Tuile.at(chemin)
    except ValueError:
        raise Problem("ressource_inconnue") from None
    content = await proof_step(context, partial(context.proofs.tile, log, tile))
    if content is None:
        raise Problem("ressource_inconnue")
    return answer_bytes(request, content, TILE_TYPE, headers={"Cache-Control": TILE_CACHE})


@router.get(
    "/inclusions/{position}",
    operation_id="prove_inclusion",
    summary="La preuve qu'une entrée est dans le journal, par sa position",
    description="Chemin de RFC 6962 jusqu'à la racine du point de contrôle ; `document` : le même, en C2SP tlog-proof.",
    responses=_responses(
        json_response("La preuve.", PreuveInclusion, headers=_ETAG), "point_inconnu", waiting=("preuve_en_attente",)
    ),
)
async def prove_position(
    request: Request, _bearer: Auditeur, journal: Journal, position: Position, taille: Taille = None
) -> Response:
    """Inclusion by position."""
    return await _inclusion(request, log_of(request, journal), position, taille)


@router.get(
    "/inclusions/{emetteur}/{reference}",
    operation_id="prove_message",
    summary="La preuve qu'un message est dans le journal, par son identité",
    description="Un décompte, une annulation ou une inscription : son premier événement. Journal `evenements` seul.",
    responses=_responses(
        json_response("La preuve.", PreuveInclusion, headers=_ETAG), "point_inconnu", waiting=("preuve_en_attente",)
    ),
)
async def prove_message(
    request: Request,
    _bearer: Auditeur,
    journal: Journal,
    emetteur: Annotated[str, Path(description="L'émetteur.", examples=["smi"])],
    reference: Annotated[str, Path(description="La référence.", examples=["SMI-2026-19"])],
    taille: Taille = None,
) -> Response:
    """Inclusion by identity."""
    context, log = context_of(request), log_of(request, journal)
    if log.name != EVENEMENTS:
        raise Problem("ressource_inconnue")
    stream = stream_of_identity(emetteur, reference)
    position = await proof_step(context, partial(context.proofs.position_of, stream))
    if position is None:
        raise Problem("ressource_inconnue")
    return await _inclusion(request, log, position, taille)


@router.get(
    "/coherence",
    operation_id="prove_coherence",
    summary="La preuve qu'un journal plus court commence le journal",
    description="Chemin de RFC 6962 de la racine des `de` premières entrées à celle des `a` premières.",
    responses=_responses(json_response("La preuve.", PreuveCoherence, headers=_ETAG), "point_inconnu"),
)
async def prove_coherence(
    request: Request,
    _bearer: Auditeur,
    journal: Journal,
    de: Annotated[int, Query(ge=0, le=SIZE_MAX, description="La taille ancienne.", examples=[2])],
    a: Annotated[int, Query(ge=0, le=SIZE_MAX, description="La taille nouvelle, au moins `de`.", examples=[5])],
) -> Response:
    """Consistency."""
    context, log = context_of(request), log_of(request, journal)
    if de > a:
        raise Problem("requete_invalide", erreurs=[{"chemin": "/query/a", "message": "au moins la taille ancienne"}])
    path = await proof_step(context, partial(context.proofs.consistency, log, old=de, new=a))
    return answer(request, PreuveCoherence(de=de, a=a, chemin=_encoded(path)))


async def _inclusion(request: Request, log: Log, position: int, taille: int | None) -> Response:
    context = context_of(request)
    [found] = await proof_step(context, partial(context.proofs.inclusions, log, [position], taille))
    view = PreuveInclusion(
        position=position,
        index=found.index,
        entree=base64.b64encode(found.entry).decode(),
        chemin=_encoded(found.path),
        point_de_controle=found.point.note.decode(),
        document=found.document,
    )
    return answer(request, view)


def _encoded(hashes: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(base64.b64encode(each).decode() for each in hashes)
