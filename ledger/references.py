"""One type per number of the outside world, with its form; and the stream that each identity owns."""

from hashlib import sha1
from typing import Annotated
from uuid import UUID

from msgspec import Meta

REFERENCE = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""The form of an emetteur, a reference, a soin, a sinistre: a regular expression to match in full."""

NUMERO_ADHERENT = "[A-Z0-9-]{1,20}"
"""The form of a member's number, likewise."""

# The pattern is told to whoever reads the schema, and not to the decoder: it would match each name on its own, which
# took more than half of the decoding. `commands.intake` checks all names of a message at once.
_NAME = Meta(
    min_length=1,
    max_length=64,
    description="1 à 64 caractères parmi A-Z a-z 0-9 . _ -, le premier alphanumérique",
    extra_json_schema={"pattern": f"^{REFERENCE}$"},
)
Emetteur = Annotated[str, _NAME]
Reference = Annotated[str, _NAME]
NumeroAdherent = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20,
        description="1 à 20 caractères parmi A-Z 0-9 -",
        extra_json_schema={"pattern": f"^{NUMERO_ADHERENT}$"},
    ),
]
Ligne = Annotated[str, Meta(min_length=1, max_length=20)]

Stream = bytes
"""The id of a stream: the 16 bytes of a UUID. The object around them would cost more than making them."""

# Permanent: a stream's id is derived from these, so changing one would orphan every recorded event.
_IDENTITE = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a01").bytes
_ANNULATION = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a02").bytes
_SINISTRE = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a03").bytes
_SOIN = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a04").bytes
_BORDEREAU = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a05").bytes
_EFFACEMENT = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a40").bytes

# The two bytes in which a UUID says its version (5) and its variant, for whatever the hash gives.
_VERSION_5 = [bytes([byte & 0x0F | 0x50]) for byte in range(256)]
_VARIANT = [bytes([byte & 0x3F | 0x80]) for byte in range(256)]


def stream_of_identity(emetteur: str, reference: str) -> Stream:
    """The stream of what (emetteur, reference) names: a décompte, an annulation or a member's registration.

    One namespace for all types: the database refuses a second first event in it. `/` is in neither charset.
    """
    return _named(_IDENTITE, f"{emetteur}/{reference}")


def stream_of_cancellation(emetteur: str, annule: str, sujet: UUID) -> Stream:
    """The stream that holds the one cancellation of a décompte by the member whom the annulation names.

    The subject is part of it, so that an annulation which waits and names the wrong member does not take
    the place of the right one.
    """
    return _named(_ANNULATION, f"{emetteur}/{annule}/{sujet}")


def stream_of_sinistre(reference: str) -> Stream:
    """The stream of a sinistre, from its declaration to its end."""
    return _named(_SINISTRE, reference)


def stream_of_soin(sujet: UUID, soin: str) -> Stream:
    """The stream that says which open sinistre holds a soin of a member: of two that take it one comes first."""
    return _named(_SOIN, f"{sujet}/{soin}")


def stream_of_bordereau(reference: str) -> Stream:
    """The stream of a bordereau of encaissements: its first event is its receipt."""
    return _named(_BORDEREAU, reference)


def stream_of_bordereau_line(reference: str, ligne: str) -> Stream:
    """The stream of one line of a bordereau: what became of it, then how a person resolved it."""
    return _named(_BORDEREAU, f"{reference}/{ligne}")


def stream_of_effacement(sujet: UUID) -> Stream:
    """The stream that says that a member was forgotten: once."""
    return _named(_EFFACEMENT, str(sujet))


def _named(namespace: bytes, name: str) -> Stream:
    """The bytes of `uuid.uuid5`: made for every event."""
    digest = sha1(namespace + name.encode(), usedforsecurity=False).digest()
    return digest[:6] + _VERSION_5[digest[6]] + digest[7:8] + _VARIANT[digest[8]] + digest[9:16]
