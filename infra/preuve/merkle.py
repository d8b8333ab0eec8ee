"""The Merkle tree of RFC 6962: hashes, proofs, and the right edge that a log grows at. Pure: bytes in, bytes out.

A tree of `size` leaves is never in memory: `Edge` keeps the hashes of its unfinished tiles, at most 255 a level, and
proofs ask for the hashes that they need by (height, index): the root of the index-th 2^height leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

TILE_HASHES = 256
"""How many hashes a tile holds: a tile is a subtree of height 8 (C2SP tlog-tiles)."""

TILE_HEIGHT = 8
HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""The hash at (height, index) of a complete subtree."""


class ProofWrong(Exception):
    """The proof does not lead from what it is about to the root."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return sha256(b"\0" + entry).digest()


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """The hashes of entries as leaves: a call for each would cost as much as the hash."""
    return [sha256(b"\0" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes, left to right, as RFC 6962 splits them: one without a neighbour goes up as it is."""
    level = list(hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        last = [level[-1]] if len(level) % 2 else []
        level = [sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)] + last
    return level[0]


@dataclass(frozen=True, slots=True)
class Added:
    """Hashes that a tile gained: of which level and number, behind how many that it had."""

    level: int
    tile: int
    offset: int
    hashes: Sequence[bytes]


class Edge:
    """The right edge of a tree of `size` leaves: the hashes of each level's unfinished tile."""

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        """Raises ValueError when these cannot be the unfinished tiles of a tree of this size."""
        self.size = size
        self._levels = [list(level) for level in levels]
        if [len(level) for level in self._levels] != edge_widths(size):
            raise ValueError(f"not the edge of {size} leaves")

    def extend(self, leaves: Sequence[bytes]) -> list[Added]:
        """Append leaf hashes; what each tile gained, in the order in which it did."""
        added: list[Added] = []
        start = 0
        while start < len(leaves):
            room = TILE_HASHES - self.size % TILE_HASHES
            taken = leaves[start : start + room]
            start += len(taken)
            self.size += len(taken)
            self._append(0, taken, added)
        return added

    def extend_by_tile(self, root: bytes) -> list[Added]:
        """Append a full tile, of whose leaves only the root is known, where one begins; what tiles above gained."""
        if self.size % TILE_HASHES:
            raise ValueError(f"no tile begins behind {self.size} leaves")
        added: list[Added] = []
        self.size += TILE_HASHES
        if not self._levels:
            self._levels.append([])
        self._append(1, [root], added)
        return added

    def root(self) -> bytes:
        """The root of the whole tree."""
        root: bytes | None = None
        for level in self._levels:
            hashes = level if root is None else [*level, root]
            root = tree_hash(hashes) if hashes else None
        return EMPTY_ROOT if root is None else root

    def _append(self, level: int, hashes: Sequence[bytes], added: list[Added]) -> None:
        """Hashes that the unfinished tile of this level has room for; `size` counts their leaves already."""
        if level == len(self._levels):
            self._levels.append([])
        current = self._levels[level]
        tile = ((self.size >> TILE_HEIGHT * level) - 1) // TILE_HASHES
        added.append(Added(level, tile, len(current), hashes))
        current += hashes
        if len(current) == TILE_HASHES:
            above = tree_hash(current)
            current.clear()
            self._append(level + 1, [above], added)


def edge_widths(size: int) -> list[int]:
    """How many hashes the unfinished tile of each level has, up to the highest level that such a tree reaches."""
    widths = []
    while size:
        widths.append(size % TILE_HASHES)
        size //= TILE_HASHES
    return widths


def subtree_hash(start: int, end: int, node: Node) -> bytes:
    """The root of the leaves [start, end), `start` being a multiple of the greatest power of two below the length."""
    length = end - start
    if length == 0:
        return EMPTY_ROOT
    if length & (length - 1) == 0:
        height = length.bit_length() - 1
        return node(height, start >> height)
    middle = start + _split(length)
    return node_hash(subtree_hash(start, middle, node), subtree_hash(middle, end, node))


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root of `size` leaves, the leaf's neighbour first."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end = 0, size
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree_hash(middle, end, node))
            end = middle
        else:
            proof.append(subtree_hash(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """The hashes that show that the tree of `old` leaves begins that of `new` leaves; none when either says nothing."""
    if not 0 <= old <= new:
        raise ValueError(f"{old} leaves do not come before {new}")
    if old in (0, new):
        return []
    start, end = 0, new
    is_whole = True  # whether the old tree fills what is looked at, whose root its holder then knows
    proof: list[bytes] = []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree_hash(middle, end, node))
            end = middle
        else:
            proof.append(subtree_hash(start, middle, node))
            start = middle
            is_whole = False
    if not is_whole:
        proof.append(subtree_hash(start, end, node))
    return proof[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that the proof leads to. Raises ProofWrong when it has the wrong length for this place."""
    if not 0 <= index < size:
        raise ProofWrong("the leaf is outside the tree")
    place, last, root = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if place & 1 or place == last:
            root = node_hash(neighbour, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, neighbour)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofWrong("the proof is too short")
    return root


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofWrong unless the leaf stands at this index of the tree with this root."""
    if root_of_inclusion(leaf, index, size, proof) != root:
        raise ProofWrong("the proof leads to another root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofWrong unless the old tree is how the new one begins."""
    if not 0 <= old <= new:
        raise ProofWrong("the old tree is the larger one")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise ProofWrong("two roots for one size")
        return
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        raise ProofWrong("the proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = rest[0]
    for neighbour in rest[1:]:
        if last == 0:
            raise ProofWrong("the proof is too long")
        if place & 1 or place == last:
            first, second = node_hash(neighbour, first), node_hash(neighbour, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, neighbour)
        place, last = place >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise ProofWrong("the old tree does not begin the new one")


def _split(length: int) -> int:
    """The greatest power of two below `length`: where RFC 6962 divides."""
    return 1 << (length - 1).bit_length() - 1
