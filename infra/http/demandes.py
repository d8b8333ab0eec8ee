"""What the routes of the access are sent: small JSON objects, bounded in size and in time, judged before anything else.

A field that is wrong is named, never repeated: it may be a password.
"""

import asyncio
import re
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from infra.auth.sessions import Objet
from infra.http.bodies import chunks, refuse_compression, refuse_content_type
from infra.http.problems import Problem

BODY_BYTES_MAX = 16 * 1024
BODY_SECONDS_MAX = 20.0
"""How long a whole body may take, however steadily it drips."""

Numero = Annotated[str, Meta(pattern=r"^[A-Z0-9-]{1,20}$(?!\n)")]
Beneficiaire = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
Secret = Annotated[str, Meta(min_length=1, max_length=128)]
MotDePasse = Annotated[str, Meta(min_length=1, max_length=128)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
Appareil = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,128}$(?!\n)")]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
Nom = Annotated[str, Meta(min_length=1, max_length=60)]

_JSON = frozenset({"application/json"})
_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_CLOSE = {"Connection": "close"}


class Demande(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any of them."""


class DemandeDeCode(Demande, frozen=True, kw_only=True):
    """Who asks for a code. `beneficiaire`: an adult beneficiary who asks for an access of her own."""

    numero_adherent: Numero
    date_naissance: date
    beneficiaire: Beneficiaire | msgspec.UnsetType = msgspec.UNSET


class ConfirmationDeCode(Demande, frozen=True, kw_only=True):
    """The code of a way begun; `second_facteur` where the access is blocked and has one."""

    defi: Secret
    code: Code
    second_facteur: Code | msgspec.UnsetType = msgspec.UNSET
    appareil: Appareil | msgspec.UnsetType = msgspec.UNSET


class ChoixDeMotDePasse(Demande, frozen=True, kw_only=True):
    """A password, at the end of a way."""

    defi: Secret
    mot_de_passe: MotDePasse
    appareil: Appareil | msgspec.UnsetType = msgspec.UNSET


class MotDePasseAEstimer(Demande, frozen=True, kw_only=True):
    """A password to be estimated; with `defi`, for the owner of that way."""

    mot_de_passe: MotDePasse
    defi: Secret | msgspec.UnsetType = msgspec.UNSET


class Identification(Demande, frozen=True, kw_only=True):
    """A member signs in."""

    numero_adherent: Numero
    mot_de_passe: MotDePasse
    beneficiaire: Beneficiaire | msgspec.UnsetType = msgspec.UNSET
    appareil: Appareil | msgspec.UnsetType = msgspec.UNSET


class IdentificationMaison(Demande, frozen=True, kw_only=True):
    """A person of the house signs in."""

    email: Email
    mot_de_passe: MotDePasse
    appareil: Appareil | msgspec.UnsetType = msgspec.UNSET


class LienMaison(Demande, frozen=True, kw_only=True):
    """The secret of a one-use link."""

    lien: Secret


class ChangementDeMotDePasse(Demande, frozen=True, kw_only=True):
    """The password that is, and the one to be."""

    actuel: MotDePasse
    nouveau: MotDePasse


class CodeSaisi(Demande, frozen=True, kw_only=True):
    """A code of the second factor, of recovery, or of a letter."""

    code: Code


class ReponsePasskey(Demande, frozen=True, kw_only=True):
    """What the browser's `navigator.credentials` gave, as JSON; `nom`: how its owner calls a new passkey."""

    reponse: dict[str, Any]
    nom: Nom | msgspec.UnsetType = msgspec.UNSET


class ChoixDeConsentement(Demande, frozen=True, kw_only=True):
    """A consent given or taken back."""

    objet: Objet
    accorde: bool


DEMANDES: tuple[type[Demande], ...] = (
    DemandeDeCode,
    ConfirmationDeCode,
    ChoixDeMotDePasse,
    MotDePasseAEstimer,
    Identification,
    IdentificationMaison,
    LienMaison,
    ChangementDeMotDePasse,
    CodeSaisi,
    ReponsePasskey,
    ChoixDeConsentement,
)

D = TypeVar("D", bound=Demande)


async def read_demande(request: Request, kind: type[D]) -> D:
    """The body. Raises the Problems `requete_invalide`, `corps_trop_grand`, `contenu_non_gere`, `delai_depasse`."""
    refuse_compression(request)
    refuse_content_type(request, admitted=_JSON)
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in chunks(request):
                content += chunk
                if len(content) > BODY_BYTES_MAX:
                    raise Problem("corps_trop_grand", headers=_CLOSE)
    except TimeoutError:
        raise Problem("delai_depasse", headers=_CLOSE) from None
    try:
        return msgspec.json.decode(bytes(content), type=kind)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error))
        chemin = "/" + re.sub(r"[.\[]", "/", place[1]).replace("]", "") if place else ""
        raise Problem(
            "requete_invalide", erreurs=[{"chemin": chemin, "message": "valeur absente, inconnue ou non admise"}]
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem("requete_invalide", erreurs=[{"chemin": "", "message": "JSON attendu"}]) from None


def given(value: str | msgspec.UnsetType) -> str | None:
    """An optional field; None when it was left out."""
    return None if isinstance(value, msgspec.UnsetType) else value
