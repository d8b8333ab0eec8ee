"""Tiles as C2SP tlog-tiles names and fills them: where they are published, and the hashes found in them. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from infra.preuve.merkle import HASH_BYTES, TILE_HASHES, TILE_HEIGHT, Node, tree_hash

ENTRIES = -1
"""The level of a bundle of entries, published as `entries`."""

LEVEL_MAX = 7
"""2^64 leaves: as many as a log can count."""

NUMBER_MAX = 2**55
ENTRY_BYTES_MAX = 0xFFFF
_PATH = re.compile(r"(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tuile:
    """A tile, or with level ENTRIES a bundle: the `number`-th of its level, its first `width` hashes or entries."""

    level: int
    number: int
    width: int = TILE_HASHES

    @property
    def path(self) -> str:
        """Where it is published, behind the log's prefix and `tile/`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        digits = f"{self.number:03d}"
        digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        numbered = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"{level}/{numbered}" + (f".p/{self.width}" if self.width < TILE_HASHES else "")

    @classmethod
    def at(cls, path: str) -> Self:
        """The tile published there. Raises ValueError when there can be none: each has one path only."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise ValueError(path)
        level, number, width = found.groups()
        tile = cls(
            ENTRIES if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            int(width) if width else TILE_HASHES,
        )
        if tile.path != path or tile.level > 63 or tile.number > NUMBER_MAX:
            raise ValueError(path)
        return tile


def width_at(level: int, number: int, size: int) -> int:
    """How many hashes (or entries) this tile has in a tree of `size` leaves: 0 when it is beyond."""
    hashes = size >> TILE_HEIGHT * max(level, 0)
    return max(0, min(TILE_HASHES, hashes - number * TILE_HASHES))


def tiles_of(size: int) -> Iterator[Tuile]:
    """Every tile and bundle of a tree of `size` leaves, at its width."""
    for level in (ENTRIES, *range(LEVEL_MAX + 1)):
        hashes = size >> TILE_HEIGHT * max(level, 0)
        for number in range(-(-hashes // TILE_HASHES)):
            yield Tuile(level, number, width_at(level, number, size))


def hashes_of(content: bytes) -> list[bytes]:
    """The hashes of a tile. Raises ValueError when it is not made of whole ones."""
    if len(content) % HASH_BYTES:
        raise ValueError("a tile is made of whole hashes")
    return [content[i : i + HASH_BYTES] for i in range(0, len(content), HASH_BYTES)]


def bundle(entries: list[bytes]) -> bytes:
    """Entries as a bundle holds them: each behind its length. Raises ValueError for one that is too long."""
    lengths = set(map(len, entries))
    if max(lengths, default=0) > ENTRY_BYTES_MAX:
        raise ValueError(f"an entry has at most {ENTRY_BYTES_MAX} bytes")
    if len(lengths) == 1:
        length = lengths.pop().to_bytes(2, "big")
        return length + length.join(entries)
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def entries_of(content: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError when it is cut."""
    entries, start = [], 0
    while start < len(content):
        end = start + 2 + int.from_bytes(content[start : start + 2], "big")
        if end > len(content) or start + 2 > len(content):
            raise ValueError("the bundle is cut")
        entries.append(content[start + 2 : end])
        start = end
    return entries


def node_from(tile: Callable[[int, int], bytes]) -> Node:
    """Find the hashes that proofs ask for in tiles, given by (level, number)."""

    def node(height: int, index: int) -> bytes:
        level, up = divmod(height, TILE_HEIGHT)
        first = index << up
        number, offset = divmod(first, TILE_HASHES)
        content = tile(level, number)
        hashes = content[offset * HASH_BYTES : (offset + (1 << up)) * HASH_BYTES]
        if len(hashes) != HASH_BYTES << up:
            raise ValueError(f"tile {Tuile(level, number).path} is too short")
        return tree_hash(hashes_of(hashes))

    return node
