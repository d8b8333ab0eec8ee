"""The trial balance, reckoned: in this process, or as a program of its own so that a server goes on serving meanwhile.

python -m infra.audit.calcul    {"url": …, "au": position} on standard input → the balance on standard output
"""

import os
import sys

import msgspec

from infra.audit.membres import Progress, snapshot
from readmodels.balance import Cumul
from readmodels.vues_audit import BalanceGenerale

NICENESS = 5
"""Who reads statements comes first."""


class Demande(msgspec.Struct, frozen=True):
    """What the program is asked: which database, up to which position."""

    url: str
    au: int


def balance_at(url: str, au: int, *, progress: Progress = lambda *_: None) -> BalanceGenerale:
    """The balance as known at a position that the read rows have reached."""
    cumul = Cumul()
    with snapshot(url, au) as instantane:
        for _, dossier in instantane.members(progress=progress):
            cumul.add(dossier)
        return cumul.balance(position=au, enregistre_at=instantane.enregistre_at)


def main() -> None:
    """Answer one question."""
    os.nice(NICENESS)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Demande)
    sys.stdout.buffer.write(msgspec.json.encode(balance_at(asked.url, asked.au)))


if __name__ == "__main__":
    main()
