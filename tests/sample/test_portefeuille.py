"""The portfolio as a whole: reproducible, streamed, bounded."""

import hashlib
import os
import subprocess
import sys
import tracemalloc
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from infra.sample.portefeuille import adherent_to_show, generate, members_of
from tests.sample.feeds import read_feed

TODAY = date(2026, 11, 22)

SHA_256_OF_TEN_MEMBERS = "da9f2b1647c27f073394377484a727433d386967b1ed86f9f3cfd1f4c6d2fba9"
"""Of seed 1 on that day. It changes when the sample changes, never with the machine or the Python."""


def digest(*, members: int, seed: int, today: date) -> str:
    return hashlib.sha256(b"".join(generate(members=members, seed=seed, today=today))).hexdigest()


def test_same_seed_same_bytes_for_ever() -> None:
    assert digest(members=10, seed=1, today=TODAY) == SHA_256_OF_TEN_MEMBERS


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    root = Path(__file__).resolve().parents[2]
    program = (
        "import sys, datetime; from infra.sample.portefeuille import generate\n"
        "for line in generate(members=10, seed=1, today=datetime.date(2026, 11, 22)): sys.stdout.buffer.write(line)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(root), "TZ": "Pacific/Auckland"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, capture_output=True, check=True)
    assert hashlib.sha256(run.stdout).hexdigest() == SHA_256_OF_TEN_MEMBERS


def test_another_seed_or_another_day_gives_other_bytes() -> None:
    digests = {
        digest(members=3, seed=1, today=TODAY),
        digest(members=3, seed=2, today=TODAY),
        digest(members=3, seed=1, today=date(2026, 11, 23)),
    }
    assert len(digests) == 3


def test_a_smaller_portfolio_is_about_the_first_members_of_a_larger_one() -> None:
    small = set(generate(members=100, seed=5, today=TODAY))
    large = set(islice(generate(members=10_000, seed=5, today=TODAY), 3_000))
    assert large <= small


def test_a_large_portfolio_starts_at_once_and_keeps_no_more_than_a_block() -> None:
    tracemalloc.start()
    try:
        lines = generate(members=50_000, seed=1, today=TODAY)
        read = sum(len(line) for line in islice(lines, 7_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read > 4_000_000
    assert peak < 20_000_000


def test_the_members_are_those_of_the_feed() -> None:
    feed = read_feed(6, TODAY, 60)
    members = {member.numero: member for member in members_of(members=60, seed=6, today=TODAY)}
    assert len(members) == 60
    assert {message["numero_adherent"] for message in feed.messages} <= set(members)
    for inscription in feed.inscriptions:
        member = members[inscription["numero_adherent"]]
        assert member.is_inscrit
        assert inscription["nom"] == member.nom
        assert inscription["prenom"] == member.prenom
        assert inscription["date_naissance"] == member.date_naissance.isoformat()
        if inscription["reference"].endswith("-1"):
            assert inscription.get("email") == member.email


def test_the_member_to_show_is_registered_and_has_much_to_see() -> None:
    member = adherent_to_show(members=200, seed=1, today=TODAY)
    assert member is not None
    assert member.email is not None
    mine = [m for m in read_feed(1, TODAY, 100).messages if m["numero_adherent"] == member.numero]
    assert {message["type"] for message in mine} == {"adherent", "decompte", "annulation"}
    assert len(mine) > 40


def test_an_empty_portfolio_is_an_empty_feed() -> None:
    assert list(generate(members=0, seed=1, today=TODAY)) == []
    assert adherent_to_show(members=0, seed=1, today=TODAY) is None


@pytest.mark.parametrize(
    ("members", "today", "expected"),
    [
        (-1, TODAY, "nombre d'adhérents"),
        (2**20 + 1, TODAY, "nombre d'adhérents"),
        (1, date(2022, 12, 31), "2022-12-31"),
        (1, date(2028, 1, 1), "2028-01-01"),
    ],
)
def test_what_the_sample_cannot_do_is_refused_at_once_and_in_french(members: int, today: date, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        generate(members=members, seed=1, today=today)
    with pytest.raises(ValueError, match=expected):
        members_of(members=members, seed=1, today=today)
