"""How the projection is divided: parts, each a set of member buckets that have been read equally far.

A part is written down under the name of its buckets with one position. Whoever moves a part forward writes the rows of
exactly the buckets that its name says, and moves it from the position that he read from: so no division, however it
came about, loses an event or projects one twice. Who works on which buckets is another matter, and may be wrong for a
moment.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from ledger.buckets import BUCKETS, Bucket
from projections.dossiers import NAME


class Part(msgspec.Struct, frozen=True, order=True, gc=False):
    """Some buckets, in order, and the position up to which all of their events have their rows."""

    buckets: str
    position: int

    @property
    def name(self) -> str:
        """Under which its position is kept."""
        return f"{NAME}/{self.buckets}"


class BadPart(ValueError):
    """A name or a position that no part can have."""


def part_named(name: str, position: int | None) -> Part:
    """The part of a stored name. Raises BadPart."""
    projection, _, buckets = name.partition("/")
    if projection != NAME or not buckets or buckets != ordered(buckets) or position is None or position < 0:
        raise BadPart(name)
    return Part(buckets, position)


def ordered(buckets: Iterable[Bucket]) -> str:
    """Buckets as parts name them: each once, in order, unknown ones left out."""
    given = set(buckets)
    return "".join(bucket for bucket in BUCKETS if bucket in given)


def regroup(parts: Iterable[Part], held: Collection[Bucket]) -> list[Part]:
    """Divide parts so that none is half in `held`, and join those of `held` that are equally far.

    The same buckets at the same positions, in other parts.
    """
    others: list[Part] = []
    mine: dict[int, list[Bucket]] = {}
    for part in parts:
        mine.setdefault(part.position, []).extend(bucket for bucket in part.buckets if bucket in held)
        rest = ordered(bucket for bucket in part.buckets if bucket not in held)
        if rest:
            others.append(Part(rest, part.position))
    joined = [Part(ordered(buckets), position) for position, buckets in mine.items() if buckets]
    return sorted(others + joined)


def fair_share(workers: Sequence[int], worker: int) -> int:
    """How many buckets a worker should have among `workers`: the shares differ by one at most and add up to all."""
    whole, left = divmod(len(BUCKETS), len(workers))
    return whole + (sorted(workers).index(worker) < left)
