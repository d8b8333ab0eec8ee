"""How the projection is divided: a bucket never changes, and a division moves no bucket and loses none."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.projections.buckets import UNREADABLE, bucket_of_state
from ledger.buckets import BUCKETS, bucket_of
from projections.parts import BadPart, Part, fair_share, ordered, part_named, regroup

SUJET = "0b0f1f2e-3d4c-4b5a-8697-a8b9cadbecfd"

divisions = st.lists(st.integers(0, 3), min_size=len(BUCKETS), max_size=len(BUCKETS)).flatmap(
    lambda group: st.lists(st.integers(0, 2), min_size=4, max_size=4).map(
        lambda positions: [
            Part(ordered(b for b, g in zip(BUCKETS, group, strict=True) if g == number), positions[number])
            for number in set(group)
        ]
    )
)


def positions(parts: list[Part]) -> list[tuple[str, int]]:
    return sorted((bucket, part.position) for part in parts for bucket in part.buckets)


@pytest.mark.parametrize(
    ("sujet", "bucket"),
    [
        ("00000000-0000-4000-8000-000000000000", "0"),
        ("0b0f1f2e-3d4c-4b5a-8697-a8b9cadbecfd", "d"),
        ("ffffffff-ffff-4fff-bfff-ffffffffffef", "f"),
        ("12345678-9abc-4def-8123-456789abcd3a", "a"),
    ],
)
def test_a_bucket_is_the_last_digit_of_the_token_for_ever(sujet: str, bucket: str) -> None:
    assert bucket_of(UUID(sujet).bytes) == bucket == sujet[-1]


@given(st.uuids())
def test_every_token_has_one_bucket(sujet: UUID) -> None:
    assert bucket_of(sujet.bytes) in BUCKETS
    state = b'{"v":1,"acteur":"\\"sujet\\":\\"","trace":"t","sujet":"%s","faits":{}}' % str(sujet).encode()
    assert bucket_of_state(state) == bucket_of(sujet.bytes)


@pytest.mark.parametrize("form", [SUJET.upper(), SUJET.replace("-", "")])
def test_a_token_in_another_form_has_the_same_bucket(form: str) -> None:
    state = b'{"v":1,"acteur":"a","trace":"t","sujet":"%s","empreinte":"AA==","faits":{}}' % form.encode()
    assert bucket_of_state(state) == "d"


def test_a_token_after_the_facts_is_found_and_one_inside_them_is_not_taken_for_it() -> None:
    inside = b'{"sujet":"%s"}' % (SUJET[:-1] + "3").encode()
    state = b'{"v":1,"acteur":"a","trace":"t","faits":%s,"empreinte":"AA==","sujet":"%s"}' % (inside, SUJET.encode())
    assert bucket_of_state(state) == "d"


@pytest.mark.parametrize("state", [b"", b"{}", b'{"v": 9}', b'{"v":1,"sujet":"nobody"}', b'"sujet":"' + b"f" * 50])
def test_what_names_no_subject_has_a_bucket_too(state: bytes) -> None:
    assert bucket_of_state(state) == UNREADABLE


@given(divisions, st.sets(st.sampled_from(BUCKETS)))
def test_regrouping_moves_nothing(parts: list[Part], held: set[str]) -> None:
    after = regroup(parts, held)
    assert positions(after) == positions(parts)
    assert all(set(part.buckets) <= held or not set(part.buckets) & held for part in after)
    mine = [part.position for part in after if set(part.buckets) <= held]
    assert len(mine) == len(set(mine)), "those that are equally far are one"
    assert regroup(after, held) == sorted(after)


@given(divisions)
def test_a_part_is_found_again_under_its_name(parts: list[Part]) -> None:
    assert [part_named(part.name, part.position) for part in parts] == parts


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("dossiers", 1), ("dossiers/", 1), ("dossiers/g", 1), ("dossiers/10", 1), ("dossiers/00", 1),
        ("autres/01", 1), ("dossiers/01", -1), ("dossiers/01", None),
    ],
)  # fmt: skip
def test_what_is_no_part_is_refused(name: str, position: int | None) -> None:
    with pytest.raises(BadPart):
        part_named(name, position)


@given(st.sets(st.integers(1, 100_000), min_size=1, max_size=40))
def test_shares_are_even_and_add_up_to_all(workers: set[int]) -> None:
    shares = [fair_share(sorted(workers), worker) for worker in workers]
    assert sum(shares) == len(BUCKETS)
    assert max(shares) - min(shares) <= 1
