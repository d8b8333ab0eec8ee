"""What may be asked of the journal: the parameters that its list and its export share."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Query, Request

from infra.audit.filtres import Filtres
from infra.audit.periode import Periode, periode
from infra.http.context import context_of
from infra.http.problems import Problem, invalid_request
from infra.reads.moments import AU_CHARACTERS_MAX, AuFutur, AuInvalide
from ledger.payeurs import Payeur
from ledger.references import NUMERO_ADHERENT, REFERENCE
from ledger.registry import REGISTRY

ACTEUR_CHARACTERS_MAX = 100
_MOMENT = "une position, un instant (RFC 3339 ; `+` s'écrit `%2B`) ou un jour"


class Sens(StrEnum):
    """In which order the journal is read."""

    CROISSANT = "croissant"
    DECROISSANT = "decroissant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the journal; `numero` when it is about a member."""

    filtres: Filtres
    numero: str | None


def _moment(description: str, example: str) -> Any:
    return Query(max_length=AU_CHARACTERS_MAX, description=description, examples=[example])


def _name(description: str, example: str) -> Any:
    return Query(max_length=64, pattern=f"^{REFERENCE}$", description=description, examples=[example])


async def filtres_of(
    request: Request,
    du: Annotated[str | None, _moment(f"Depuis : {_MOMENT} (son début, à Paris).", "1")] = None,
    au: Annotated[str | None, _moment(f"Jusqu'à : {_MOMENT} (sa fin, à Paris).", "4")] = None,
    adherent: Annotated[
        str | None,
        Query(pattern=f"^{NUMERO_ADHERENT}$", description="Numéro d'adhérent.", examples=["00412345"]),
    ] = None,
    emetteur: Annotated[str | None, _name("Émetteur.", "smi")] = None,
    reference: Annotated[
        str | None,
        _name("Avec `emetteur` : ce qui a enregistré cette identité, et ce qui l'annule.", "SMI-2026-19"),
    ] = None,
    payeur: Annotated[Payeur | None, Query(description="Les décomptes de ce payeur.")] = None,
    topic: Annotated[
        str | None,
        Query(description="Les événements de cette sorte.", json_schema_extra={"enum": list(REGISTRY.by_topic)}),
    ] = None,
    acteur: Annotated[
        str | None,
        Query(max_length=ACTEUR_CHARACTERS_MAX, description="Qui a enregistré.", examples=["cli:import"]),
    ] = None,
    flux: Annotated[UUID | None, Query(description="Les événements d'un flux (d'un agrégat).")] = None,
) -> Question:
    """What is asked for. Raises the Problems of these parameters, and `adherent_inconnu`."""
    context = context_of(request)
    if topic is not None and topic not in REGISTRY.by_topic:
        expected = ", ".join(REGISTRY.by_topic)
        raise invalid_request([{"loc": ("query", "topic"), "type": "enum", "ctx": {"expected": expected}}])
    if reference is not None and emetteur is None:
        raise invalid_request([{"loc": ("query", "emetteur"), "type": "missing"}])
    between = await read_periode(request, du=du, au=au)
    sujet = None
    if adherent is not None:
        find = partial(context.services.members.find, adherent)
        sujet = await to_thread.run_sync(find, limiter=context.audit_threads)
        if sujet is None:
            raise Problem("adherent_inconnu")
    filtres = Filtres(
        position_min=between.position_min,
        position_max=between.position_max,
        topic=topic,
        payeur=payeur,
        acteur=acteur,
        emetteur=emetteur,
        reference=reference,
        sujet=sujet,
        flux=flux,
    )
    return Question(filtres=filtres, numero=adherent)


async def read_periode(request: Request, *, du: str | None, au: str | None) -> Periode:
    """The positions of a period. Raises the Problems `au_invalide`, `au_futur`."""
    try:
        return await periode(context_of(request).moments.at, du=du, au=au)
    except AuInvalide:
        raise Problem("au_invalide") from None
    except AuFutur:
        raise Problem("au_futur") from None


Asked = Annotated[Question, Depends(filtres_of)]
