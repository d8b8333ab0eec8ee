"""The worked cases: the feed of each gives its expected split, in any order."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from commands.events_of import event_of
from commands.intake.parse import parse
from ledger.repartition import Split, total_of
from tests.support.feed import encode
from tests.support.given import dossier_of

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "reference_cases.json").read_bytes())[
    "cas"
]

SHUFFLES = 50
NAMES = [f"{case['id']} {case['titre']}" for case in CASES]


def splits_of(messages: list[dict[str, Any]]) -> dict[str, Split]:
    """The split of every soin, with the messages taken in this order."""
    events = [event_of(parse(encode(message))) for message in messages]
    return {name: soin.split for name, soin in dossier_of(enumerate(events, 1)).soins.items()}


def test_all_the_cases_are_there() -> None:
    assert len(CASES) == 31


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_feed_gives_the_expected_split(case: dict[str, Any]) -> None:
    expected = {name: Split(**split) for name, split in case["attendu"]["soins"].items()}
    splits = splits_of(case["flux"])
    assert splits == expected
    assert total_of(splits.values()) == Split(**case["attendu"]["totaux"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_order_of_arrival_does_not_count(case: dict[str, Any]) -> None:
    expected = splits_of(case["flux"])
    assert splits_of(case["flux"][::-1]) == expected
    random = Random(case["id"])
    for _ in range(SHUFFLES if len(case["flux"]) > 2 else 0):
        assert splits_of(random.sample(case["flux"], len(case["flux"]))) == expected


def test_a_deferred_participation_shows_when_it_comes() -> None:
    [case] = [case for case in CASES if case["id"] == "10"]
    [soin] = case["attendu"]["soins"]
    assert splits_of(case["flux"][:1])[soin].reste_a_charge == 0
    assert splits_of(case["flux"])[soin].reste_a_charge == 200
