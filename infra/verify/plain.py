"""Ranges of a log whose every tile is as it should be: checked in one go, told shortly.

It imports little: the second process of a check begins here. What is not plain is judged elsewhere, entry by entry.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import Connection
from psycopg.rows import tuple_row

from infra.postgres.sql import statements
from infra.preuve.merkle import HASH_BYTES, TILE_HASHES, leaf_hashes, tree_hash
from infra.preuve.tuiles import ENTRIES, bundle, hashes_of

if TYPE_CHECKING:
    from infra.preuve.log import Scan

_SQL = statements("infra.preuve", "preuve.sql")

Tiles = list[bytes | list[bytes]]
"""Of each tile its root, or its leaves where somebody has to look into it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The entries [first, end) of a log, `first` beginning a tile.

    `open`: the tiles, by number, whose leaves are wanted too: a checkpoint stands inside of them.
    """

    first: int
    end: int
    open: Collection[int] = ()

    def leaves(self, number: int) -> int:
        """How many leaves are told of this tile: 0 where the root says enough, which it does of full tiles only."""
        width = min(TILE_HASHES, self.end - number * TILE_HASHES)
        return width if width < TILE_HASHES or number in self.open else 0

    @property
    def numbers(self) -> range:
        """The tiles, by number."""
        return range(self.first // TILE_HASHES, -(-self.end // TILE_HASHES))


def plain_tiles(connection: Connection[Any], scan: "Scan", journal: str, span: Span) -> Tiles | None:
    """The tiles of a span; None when an entry, its bundle or its leaf is missing or not like the others."""
    bundles, tiles = (stored_tiles(connection, journal, level, span) for level in (ENTRIES, 0))
    found: Tiles = []
    scanned = scan(connection, span.first, span.end)
    for number, entries in zip(span.numbers, scanned, strict=True):
        whole = [entry for entry in entries if entry is not None]
        leaves = leaf_hashes(whole)
        is_plain = len(whole) == len(entries) and b"".join(leaves) == tiles.get(number)
        if not is_plain or bundle(whole) != bundles.get(number):
            deque(scanned, maxlen=0)  # the connection is free again at its end
            return None
        found.append(leaves if span.leaves(number) else tree_hash(leaves))
    return found


def stored_tiles(connection: Connection[Any], journal: str, level: int, span: Span) -> dict[int, bytes]:
    """The contents of a level's tiles above a span, by number."""
    bounds = {"first": span.numbers.start, "end": span.numbers.stop}
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        query = cursor.execute(_SQL["tiles_of_level"], {"journal": journal, "niveau": level, **bounds})
        return dict(query.fetchall())


def packed_tiles(tiles: Tiles) -> bytes:
    """All hashes in one piece."""
    return b"".join([tile if isinstance(tile, bytes) else b"".join(tile) for tile in tiles])


def unpacked_tiles(content: bytes, span: Span) -> Tiles:
    """What `packed_tiles` packed of this span."""
    tiles: Tiles = []
    at = 0
    for number in span.numbers:
        leaves = span.leaves(number)
        piece = content[at : (at := at + HASH_BYTES * (leaves or 1))]
        tiles.append(hashes_of(piece) if leaves else piece)
    return tiles
