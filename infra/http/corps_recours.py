"""What systems send about sinistres: the shapes of the bodies, and how one is read."""

import datetime as dt
import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import Request

from infra.http.bodies import read_message
from infra.http.problems import Problem
from ledger.bordereau.events import Resolution
from ledger.montants import MONTANT_MAX
from ledger.references import NUMERO_ADHERENT, REFERENCE
from ledger.sinistre.decision import SOINS_MAX
from ledger.sinistre.etats import Circonstance, OrigineSinistre

_CLE = "[A-Za-z0-9._-]{1,64}"
_PRINTABLE = r"^[^\x00]*$"
Texte120 = Annotated[str, Meta(min_length=1, max_length=120, pattern=_PRINTABLE)]
Texte60 = Annotated[str, Meta(min_length=1, max_length=60, pattern=_PRINTABLE)]
Recit = Annotated[str, Meta(min_length=1, max_length=3000, pattern=_PRINTABLE)]
Motif = Annotated[str, Meta(min_length=1, max_length=500, pattern=_PRINTABLE)]
Nom = Annotated[str, Meta(pattern=f"^{REFERENCE}$", max_length=64)]
ReferenceSinistre = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$", max_length=48)]
"""Shorter than a reference of the feed: those of its recoveries are made from it."""

Soins = Annotated[tuple[Nom, ...], Meta(min_length=1, max_length=SOINS_MAX)]

_MOTIF = "Pourquoi, en mots libres ; scellé sous la clé de l'adhérent."


class Corps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A body: unknown fields are refused."""


class TiersCorps(Corps, frozen=True, kw_only=True):
    """Who caused the harm, and who insures them."""

    nom: Texte120
    assureur: Texte120 | None = None
    contrat: Texte60 | None = None


class DeclarationCorps(Corps, frozen=True, kw_only=True):
    """A declaration. The same `cle` of the same member names one declaration, however often it is sent."""

    numero_adherent: Annotated[str, Meta(pattern=f"^{NUMERO_ADHERENT}$", max_length=20)]
    cle: Annotated[str, Meta(pattern=f"^{_CLE}$", max_length=64)]
    beneficiaire: Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,4}$")] = "01"
    date_accident: dt.date
    circonstance: Circonstance
    lieu: Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTABLE)] | None = None
    recit: Recit | None = None
    blessures: Annotated[str, Meta(min_length=1, max_length=1500, pattern=_PRINTABLE)] | None = None
    tiers: TiersCorps | None = None
    soins: Annotated[tuple[Nom, ...], Meta(max_length=SOINS_MAX)] = ()
    reference: ReferenceSinistre | None = None
    origine: OrigineSinistre | None = None


class Etape(Corps, frozen=True, kw_only=True, tag_field="etape"):
    """A step; `date` is by default today, `motif` says why."""

    date: dt.date | None = None
    motif: Annotated[str, Meta(min_length=1, max_length=500, pattern=_PRINTABLE, description=_MOTIF)] | None = None


class Recensement(Etape, frozen=True, kw_only=True, tag="recensement"):
    """Take the sinistre into the list."""


class Ouverture(Etape, frozen=True, kw_only=True, tag="ouverture"):
    """Open the file."""


class Rattachement(Etape, frozen=True, kw_only=True, tag="rattachement"):
    """Attach soins."""

    soins: Soins


class Detachement(Etape, frozen=True, kw_only=True, tag="detachement"):
    """Detach soins."""

    soins: Soins


class EtablissementCreance(Etape, frozen=True, kw_only=True, tag="creance"):
    """Draw up the next relevé de créance."""


class Reclamation(Etape, frozen=True, kw_only=True, tag="reclamation"):
    """Claim the last créance."""


class Accord(Etape, frozen=True, kw_only=True, tag="accord"):
    """Agree on the share of responsibility, in ten-thousandths."""

    responsabilite_pb: Annotated[int, Meta(ge=1, le=10_000)]


class Contestation(Etape, frozen=True, kw_only=True, tag="contestation"):
    """The third party contests."""


class EncaissementCorps(Etape, frozen=True, kw_only=True, tag="encaissement"):
    """Book a receipt, in cents."""

    montant: Annotated[int, Meta(ge=1, le=MONTANT_MAX)]
    reference_paiement: Nom | None = None


class Retrait(Etape, frozen=True, kw_only=True, tag="retrait"):
    """Take a receipt back."""

    numero: Annotated[int, Meta(ge=1, le=1_000_000)]


class NouvelleVentilation(Etape, frozen=True, kw_only=True, tag="ventilation"):
    """Share what was received by the last créance."""


class Cloture(Etape, frozen=True, kw_only=True, tag="cloture"):
    """Close the file."""


class ClassementSansSuite(Etape, frozen=True, kw_only=True, tag="classement"):
    """Drop the file; `motif` is required."""


class Reouverture(Etape, frozen=True, kw_only=True, tag="reouverture"):
    """Take a closed file up again; `motif` is required."""


EtapeCorps = (
    Recensement
    | Ouverture
    | Rattachement
    | Detachement
    | EtablissementCreance
    | Reclamation
    | Accord
    | Contestation
    | EncaissementCorps
    | Retrait
    | NouvelleVentilation
    | Cloture
    | ClassementSansSuite
    | Reouverture
)


class ResolutionCorps(Corps, frozen=True, kw_only=True):
    """How a gap of a bordereau is resolved, and why. `sinistre`: where it is booked, by default where the line says."""

    resolution: Resolution
    motif: Motif
    sinistre: Nom | None = None


BODIES: tuple[Any, ...] = (DeclarationCorps, TiersCorps, ResolutionCorps, *EtapeCorps.__args__)

T = TypeVar("T")
_BORDEREAU = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def is_bordereau(reference: str) -> bool:
    """Whether this may be the reference of a bordereau: shorter than others, its lines make references from it."""
    return _BORDEREAU.fullmatch(reference) is not None


_PLACE = re.compile(r" - at `\$(.*)`$")


async def read_body(request: Request, decoder: "msgspec.json.Decoder[T]") -> T:
    """The body of a request. Raises the Problem `requete_invalide` with the place, never the value."""
    content = await read_message(request)
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        chemin = re.sub(r"[.\[]", "/", place[1]).replace("]", "") if place else ""
        raise Problem(
            "requete_invalide",
            erreurs=[{"chemin": f"/body{chemin}", "message": "ce corps ne respecte pas le format documenté"}],
        ) from None
