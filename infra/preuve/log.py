"""What a provable log is: a name, an origin, the key that signs it, and where its entries come from.

To give another table a log of its own:

1. write an `Entries` for it: `end` says how many entries there are, `read` gives them in their final order. Entry
   number i never changes and never goes: where the rows behind it may be forgotten, the entry is a salted hash kept
   apart from them. `channel` is what its writers NOTIFY; `scan` is `read` for `verify`, which judges by itself;
2. make one `Log(name=…, origin=…, keyring=…, entries=…)` in `infra/bootstrap.py`, beside that of the events.

Sealing (`sealer.py`), tiles and checkpoints by HTTP, proofs, witnesses, export and `verify` then work on it as on the
events: they know nothing of what an entry means.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import Connection

from infra.journal.keyring import USE_COSIGNATURE, USE_PREUVE, Keyring
from infra.preuve.note import Signer, Vkey


class LogAltered(Exception):
    """The log, or what it is made of, is not what was written: nothing is sealed until a person has looked.

    `place` names where, in French.
    """


Scan = Callable[[Connection[Any], int, int], Iterator[list[bytes | None]]]
"""The entries of the indices [after, upto), by tiles from `after` on. The connection is in use meanwhile.

A function of a module, so that another process finds it by its name.
"""


class Entries(Protocol):
    """What a log is made of: entries in their final order, without a gap."""

    channel: str
    """Notified when there may be more of them."""

    def end(self, connection: Connection[Any]) -> int:
        """How many entries are committed."""

    def read(self, connection: Connection[Any], *, after: int, upto: int) -> list[bytes]:
        """The entries of the indices [after, upto), those that there are, each at most 65,535 bytes.

        Called in a transaction. Raises LogAltered when one is missing among them or is not as it was written.
        """

    @property
    def scan(self) -> Scan:
        """How to find the same as they are, one for each index, None where there is none: what `verify` compares.

        A function of a module that imports little (`scan = staticmethod(…)`): of a large log another process calls it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The row of a log: how many entries are sealed, checkpoints signed, cosignatures kept."""

    nom: str
    origine: str
    taille: int = 0
    points: int = 0
    cosignatures: int = 0


class Log:
    """One log."""

    def __init__(self, *, name: str, origin: str, keyring: Keyring, entries: Entries) -> None:
        """`origin` names the log to the outside, for ever: that of the first checkpoint."""
        self.name = name
        self.origin = origin
        self.entries = entries
        self.signer = Signer(origin, keyring.preuve(name))
        self._keyring = keyring

    @property
    def vkey(self) -> Vkey:
        """What checks the checkpoints: to be handed to auditors by a way of their own."""
        return self.signer.vkey

    def head_mac(self, head: Head) -> bytes:
        """The MAC of the row of this log."""
        return self._keyring.mac(
            USE_PREUVE, _packed(head.nom, head.origine, head.taille, head.points, head.cosignatures)
        )

    def cosignature_mac(self, *, numero: int, taille: int, cle: str, ligne: str) -> bytes:
        """The MAC of a row of cosignatures."""
        return self._keyring.mac(USE_COSIGNATURE, _packed(self.name, numero, taille, cle, ligne))


def _packed(*values: str | int) -> bytes:
    """Values one after the other, each behind its length."""
    parts = [value.to_bytes(8, "big") if isinstance(value, int) else value.encode() for value in values]
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])
