"""One type per number of the outside world, with its form; and the stream that each identity owns."""

from typing import Annotated
from uuid import UUID, uuid5

from msgspec import Meta

# `$` alone would let a trailing newline through; `(?!\n)` closes that and stays readable by JSON Schema tools.
_CHARSET = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)"

Emetteur = Annotated[
    str,
    Meta(pattern=_CHARSET, description="1 à 64 caractères parmi A-Z a-z 0-9 . _ -, le premier alphanumérique"),
]
Reference = Annotated[
    str,
    Meta(pattern=_CHARSET, description="1 à 64 caractères parmi A-Z a-z 0-9 . _ -, le premier alphanumérique"),
]
NumeroAdherent = Annotated[
    str, Meta(pattern=r"^[A-Z0-9-]{1,20}$(?!\n)", description="1 à 20 caractères parmi A-Z 0-9 -")
]
Ligne = Annotated[str, Meta(min_length=1, max_length=20)]

# Permanent: a stream's id is derived from these, so changing one would orphan every recorded event.
_IDENTITE = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a01")
_ANNULATION = UUID("5b9e3c5e-7c0e-5d0e-9a52-0d7d6f6f1a02")


def stream_of_identity(emetteur: str, reference: str) -> UUID:
    """The stream of what (emetteur, reference) names: a décompte, an annulation or a member's registration.

    One namespace for all types: the database refuses a second first event in it. `/` is in neither charset.
    """
    return uuid5(_IDENTITE, f"{emetteur}/{reference}")


def stream_of_cancellation(emetteur: str, annule: str, sujet: UUID) -> UUID:
    """The stream that holds the one cancellation of a décompte by the member whom the annulation names.

    The subject is part of it, so that an annulation which waits and names the wrong member does not take
    the place of the right one.
    """
    return uuid5(_ANNULATION, f"{emetteur}/{annule}/{sujet}")
