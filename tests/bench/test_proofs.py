"""The long proofs, at a size that fits here; `decompte bench --proof` runs them whole (docs/performance.md)."""

import json
from pathlib import Path

import pytest

from infra.bench.contents import first_difference
from infra.bench.kafka_network import unavailable as no_network
from infra.bench.proofs import PROOFS
from infra.bench.sizes import QUICK
from infra.bench.stand import Stand
from tests.support.broker import unavailable
from tests.support.command import run

REDUCED = {"rebuild": 3_000, "model": 1_500, "audit": 700, "kafka": 3_000, "coupures": 1_200, "preuve": 1_000}
NEEDS_BROKER = {"kafka", "coupures"}


@pytest.mark.parametrize("identifier", PROOFS)
def test_the_promise_is_held(identifier: str, database_url: str, tmp_path: Path) -> None:
    if identifier in NEEDS_BROKER and (reason := unavailable()) is not None:
        pytest.skip(reason)
    if identifier == "coupures" and (reason := no_network()) is not None:
        pytest.skip(reason)
    stand = Stand(database_url, tmp_path, QUICK, announce=lambda _: None)
    try:
        found = PROOFS[identifier].show(stand, REDUCED[identifier])
    finally:
        stand.close()
    assert found.get("lignes") or found["messages"] == REDUCED[identifier]
    json.dumps(found)


def test_the_proofs_are_those_that_were_asked_for() -> None:
    assert {proof.id: proof.messages for proof in PROOFS.values()} == {
        "rebuild": 1_000_000,
        "model": 100_000,
        "audit": 20_000,
        "kafka": 200_000,
        "coupures": 60_000,
        "preuve": 1_000_000,
    }


def test_a_row_that_changed_or_went_is_named() -> None:
    before = {"read_decompte": [b"one", b"two"]}
    assert first_difference(before, before) is None
    assert first_difference(before, {"read_decompte": [b"one", b"three"]}) == "read_decompte : la ligne 2 diffère"
    assert first_difference(before, {"read_decompte": [b"one"]}) == "read_decompte : 2 lignes, puis 1"


def test_an_unknown_proof_is_named_with_those_that_exist() -> None:
    done = run("bench", "--proof", "chance")
    assert done.returncode == 2
    assert "preuve inconnue : chance" in done.stderr.decode()
