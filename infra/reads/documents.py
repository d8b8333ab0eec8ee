"""Finished documents: an answer as bytes, compressed, sealed under its member's key, with what it was made from.

A document is valid if and only if its `base` is the greatest position among its member's read rows, and its
`generation` the present one. Nothing is ever invalidated, and no race can serve stale bytes:

- Read rows are only ever added, a member's in the order of positions, those of one transaction all at once: the
  greatest position says which rows there are. What was rendered from a snapshot with that position was rendered from
  the very rows that any other snapshot with that position sees.
- Base and rows come from one statement, hence one snapshot, when a document is made; base, rows and document come from
  one statement, hence one snapshot, when it is read. A document written late, after further rows, or over a newer one,
  does not compare equal: it is a miss, rendered again at the next read, and never an answer.
- Read rows are replaced in one place, a rebuild whose result differs; its transaction also moves the generation. A
  document made from the rows before carries the generation before, whenever it is written.

What else an answer depends on — view, year, shape of the view — is in its key.
"""

import gzip
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.journal.mapper import seal, unseal
from ledger.dates import Fenetre

RENDER_VERSION = 1
"""Changes when a view changes shape or a rule changes a figure: documents made before are then not looked at."""

GZIP_LEVEL = 6
EMPREINTE_BYTES = 16
_USE = b"document"
_POSITIONS = struct.Struct(">qq")


class Document(NamedTuple):
    """A body ready to send: the hash of its plain bytes, in hexadecimal, and the bytes compressed by gzip."""

    empreinte: bytes
    compressed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a document is made from: whose rows, up to which position, in which generation; and her key."""

    sujet: UUID
    key: AESGCM
    generation: int
    position: int


def cle_accueil(fenetre: Fenetre) -> str:
    """Home shows the two years, so it changes with them."""
    return f"accueil/{fenetre.courante}/{RENDER_VERSION}"


def cle_releve(annee: int) -> str:
    """The statement of a year."""
    return f"releve/{annee}/{RENDER_VERSION}"


def cle_reste_a_charge(annee: int) -> str:
    """The reste à charge of a year of care."""
    return f"reste-a-charge/{annee}/{RENDER_VERSION}"


def cles_of(fenetre: Fenetre) -> Iterable[str]:
    """Every key under which a document is kept: a member has so many documents at most."""
    annees = (fenetre.precedente, fenetre.courante)
    return (cle_accueil(fenetre), *map(cle_releve, annees), *map(cle_reste_a_charge, annees))


def finished(content: bytes) -> Document:
    """The document of a body; the same body always gives the same bytes."""
    empreinte = hashlib.blake2b(content, digest_size=EMPREINTE_BYTES).hexdigest().encode()
    return Document(empreinte=empreinte, compressed=gzip.compress(content, GZIP_LEVEL, mtime=0))


def plain(document: Document) -> bytes:
    """The body of a document."""
    return gzip.decompress(document.compressed)


def context_of_seal(sujet: bytes, cle: bytes, positions: bytes) -> bytes:
    """What the seal of a document is bound to; `positions` is generation and base, eight bytes each."""
    return _USE + sujet + positions + cle


def seal_document(base: Base, cle: str, document: Document) -> bytes:
    """The sealed form. The hash is sealed too: kept in clear, it would let one guess at the content."""
    positions = _POSITIONS.pack(base.generation, base.position)
    content = document.empreinte + document.compressed
    return seal(base.key, content, context_of_seal(base.sujet.bytes, cle.encode(), positions))


def unseal_document(key: AESGCM, scelle: bytes, context: bytes) -> Document:
    """The document as it was finished. Raises SealBroken when it or any other column of its row was altered."""
    content = unseal(key, scelle, context)
    return Document(empreinte=content[: 2 * EMPREINTE_BYTES], compressed=content[2 * EMPREINTE_BYTES :])


def positions_of(generation: int, base: int) -> bytes:
    """Generation and base as the seal is bound to them."""
    return _POSITIONS.pack(generation, base)
