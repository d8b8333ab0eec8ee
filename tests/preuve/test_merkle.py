"""The tree against its definition in RFC 6962, written here anew and recursively, at random sizes."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.preuve.merkle import (
    EMPTY_ROOT,
    TILE_HASHES,
    Edge,
    Node,
    ProofWrong,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_hash,
)
from infra.preuve.tuiles import Tuile, bundle, entries_of, node_from, tiles_of, width_at

LEAVES = [leaf_hash(str(i).encode()) for i in range(1_000)]
sizes = st.one_of(st.integers(0, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 767, 768, 1_000]))


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1: the definition."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def grown(size: int, steps: list[int]) -> tuple[Edge, dict[tuple[int, int], bytes]]:
    """An edge extended by so many leaves at a time, and the tiles that this fills."""
    edge = Edge()
    tiles: dict[tuple[int, int], bytes] = {}
    for step in [*steps, size]:
        for added in edge.extend(LEAVES[edge.size : min(size, edge.size + step)]):
            content = tiles.get((added.level, added.tile), b"")
            assert len(content) == added.offset * 32
            tiles[added.level, added.tile] = content + b"".join(added.hashes)
    return edge, tiles


def node_of(size: int) -> Node:
    _, tiles = grown(size, [])
    return node_from(lambda level, number: tiles[level, number])


@given(sizes, st.lists(st.integers(1, 300), max_size=6))
def test_growing_in_any_steps_gives_the_tree_and_the_tiles_of_its_size(size: int, steps: list[int]) -> None:
    edge, tiles = grown(size, steps)
    assert edge.root() == mth(LEAVES[:size]) == tree_hash(LEAVES[:size])
    published = [tile for tile in tiles_of(size) if tile.level >= 0]
    assert {(t.level, t.number): t.width for t in published} == {at: len(c) // 32 for at, c in tiles.items()}
    for tile in published:
        span = TILE_HASHES**tile.level
        first = tile.number * TILE_HASHES * span
        each = [mth(LEAVES[first + i * span : first + (i + 1) * span]) for i in range(tile.width)]
        assert tiles[tile.level, tile.number] == b"".join(each)


@given(sizes.filter(bool), st.lists(st.integers(1, 300), max_size=3), st.integers(1, 300))
def test_an_edge_read_back_goes_on_as_the_one_that_was_left(size: int, steps: list[int], more: int) -> None:
    edge, tiles = grown(size, steps)
    levels = [
        [tiles[level, size >> 8 * (level + 1)][i * 32 : i * 32 + 32] for i in range((size >> 8 * level) % 256)]
        for level in range(len(edge._levels) if size >> 8 * (len(edge._levels) - 1) else 0)
    ]
    again = Edge(size, levels)
    further = LEAVES[size : size + more]
    assert again.root() == edge.root()
    assert again.extend(further) == edge.extend(further)
    assert again.root() == edge.root()


@given(sizes, st.sets(st.integers(0, 3)))
def test_full_tiles_may_be_given_by_their_roots_alone(size: int, by_root: set[int]) -> None:
    whole, edge = Edge(), Edge()
    expected, gained = whole.extend(LEAVES[:size]), []
    for start in range(0, size, TILE_HASHES):
        leaves = LEAVES[start : min(size, start + TILE_HASHES)]
        is_full = len(leaves) == TILE_HASHES and start // TILE_HASHES in by_root
        gained += edge.extend_by_tile(tree_hash(leaves)) if is_full else edge.extend(leaves)
    assert edge.root() == whole.root()
    assert [added for added in gained if added.level] == [added for added in expected if added.level]
    assert edge.extend(LEAVES[:9]) == whole.extend(LEAVES[:9])


def test_a_tile_given_by_its_root_begins_where_one_begins() -> None:
    edge = Edge()
    edge.extend(LEAVES[:7])
    with pytest.raises(ValueError, match="no tile begins"):
        edge.extend_by_tile(LEAVES[0])


@given(sizes.filter(bool), st.data())
def test_an_inclusion_proof_holds_for_its_leaf_and_for_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = mth(LEAVES[:size])
    proof = inclusion_proof(index, size, node_of(size))
    check_inclusion(LEAVES[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else 0
    wrong = [(leaf_hash(b"x"), index, proof, root), (LEAVES[index], index, [*proof, root], root)]
    wrong += [(LEAVES[index], index, proof, LEAVES[-1]), (LEAVES[index], size, proof, root)]
    if size > 1:
        wrong += [(LEAVES[index], other, proof, root), (LEAVES[index], index, proof[:-1], root)]
        cut = data.draw(st.integers(0, len(proof) - 1))
        wrong += [(LEAVES[index], index, [*proof[:cut], leaf_hash(b"x"), *proof[cut + 1 :]], root)]
    for leaf, at, path, to in wrong:
        with pytest.raises(ProofWrong):
            check_inclusion(leaf, at, size, path, to)


@given(sizes, st.data())
def test_a_consistency_proof_holds_for_its_two_trees_and_for_no_fork(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    old_root, root = mth(LEAVES[:old]), mth(LEAVES[:size])
    proof = consistency_proof(old, size, node_of(size))
    check_consistency(old, old_root, size, root, proof)
    if old not in (0, size):
        forked = mth([*LEAVES[: old - 1], leaf_hash(b"fork")])
        tampered = [leaf_hash(b"x"), *proof[1:]]
        for first, second, path in (
            (forked, root, proof),
            (old_root, forked, proof),
            (old_root, root, tampered),
            (old_root, root, proof[:-1]),
            (old_root, root, [*proof, root]),
        ):
            with pytest.raises(ProofWrong):
                check_consistency(old, first, size, second, path)
    elif old == size and size:
        with pytest.raises(ProofWrong):
            check_consistency(old, leaf_hash(b"fork"), size, root, [])


def test_what_is_no_proof_at_all_is_refused() -> None:
    with pytest.raises(ProofWrong):
        check_consistency(5, EMPTY_ROOT, 3, EMPTY_ROOT, [])
    with pytest.raises(ProofWrong):
        check_consistency(0, LEAVES[0], 3, mth(LEAVES[:3]), [])
    with pytest.raises(ProofWrong):
        check_consistency(3, mth(LEAVES[:3]), 5, mth(LEAVES[:5]), [])
    for index, size in ((3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, node_of(3))
    with pytest.raises(ValueError, match="come before"):
        consistency_proof(4, 3, node_of(3))
    with pytest.raises(ValueError, match="not the edge"):
        Edge(3, [LEAVES[:2]])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tuile(0, 0), "0/000"),
        (Tuile(0, 1_234_067), "0/x001/x234/067"),
        (Tuile(1, 273, 17), "1/273.p/17"),
        (Tuile(-1, 1_000, 255), "entries/x001/000.p/255"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(tile: Tuile, path: str) -> None:
    assert tile.path == path
    assert Tuile.at(path) == tile


@pytest.mark.parametrize(
    "path",
    ["0/0", "0/x000/001", "00/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "64/000", "0/1234", "entrées/000", ""],
)
def test_what_is_no_path_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=path or "^$"):
        Tuile.at(path)


def test_the_tiles_of_70_000_leaves_are_those_that_the_specification_counts() -> None:
    of_level = {level: [t for t in tiles_of(70_000) if t.level == level] for level in (-1, 0, 1, 2, 3)}
    assert [len(tiles) for tiles in of_level.values()] == [274, 274, 2, 1, 0]
    assert [tiles[-1].width for tiles in of_level.values() if tiles] == [112, 112, 17, 1]
    assert [(t.level, t.width) for t in tiles_of(256)] == [(-1, 256), (0, 256), (1, 1)]
    assert width_at(0, 5, 256) == 0


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    content = bundle(entries)
    assert entries_of(content) == entries
    if content:
        with pytest.raises(ValueError, match="cut"):
            entries_of(content + b"\0")


def test_an_entry_that_no_bundle_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        bundle([bytes(65_536)])
    with pytest.raises(ValueError, match="too short"):
        node_from(lambda *_: b"")(0, 0)
