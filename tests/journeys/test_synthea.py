"""A synthetic population's claim histories, from feed to HTTP answer, against figures added up independently."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.auth.roles import Role
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving

DATA = Path(__file__).parents[1] / "data"
AMOUNTS = ("depense", "regime_obligatoire", "smi", "autre_mutuelle", "reste_a_charge")
MESSAGES = 1_277
SOINS = 1_545
DEPENSE_CENTIMES = 109_240_273
RESTE_A_CHARGE_CENTIMES = 107_692_915

with (DATA / "synthea_expected.csv").open(encoding="utf-8", newline="") as rows:
    EXPECTED = list(csv.DictReader(rows))


@pytest.fixture(scope="module")
def fed(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server that has taken the whole feed."""
    url = databases_18.create()
    with serving(url) as served:
        content = (DATA / "synthea_feed.ndjson").read_bytes()
        headers = {"Content-Type": "application/x-ndjson"}
        taken = decoded(served.as_(Role.SOURCE).post("/v1/flux", content=content, headers=headers))
        assert (taken["recus"], taken["enregistres"]) == (MESSAGES, MESSAGES)
        served.get("/v1/adherents/X/accueil", after=taken["position"])
        yield served
    databases_18.drop(url)


def by_care(fed: Served, numero: str, annee: str) -> dict[str, Any]:
    path = f"/v1/adherents/{numero}/reste-a-charge"
    view: dict[str, Any] = decoded(fed.get(path, role=Role.AUDITEUR, params={"annee": annee}))
    return view


def test_every_member_and_year_of_care_has_exactly_these_figures(fed: Served) -> None:
    totals: Counter[str] = Counter()
    for row in EXPECTED:
        view = by_care(fed, row["numero_adherent"], row["annee"])
        assert {name: view["total"][name] for name in AMOUNTS} == {name: int(row[name]) for name in AMOUNTS}, row
        totals.update({name: view["total"][name] for name in AMOUNTS})
    assert totals["depense"] == DEPENSE_CENTIMES
    assert totals["reste_a_charge"] == RESTE_A_CHARGE_CENTIMES
    assert totals["regime_obligatoire"] == 1_495_030
    assert totals["smi"] == 52_328


def test_every_soin_is_shown_and_counted_once(fed: Served) -> None:
    paid_in: dict[str, set[int]] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in EXPECTED:
        # Care is paid in its year or later.
        paid_in.setdefault(row["numero_adherent"], set()).update({int(row["annee"]), int(row["annee"]) + 1})
    for numero, annees in paid_in.items():
        for annee in sorted(annees):
            releve = decoded(fed.get(f"/v1/adherents/{numero}/releves/{annee}", role=Role.AUDITEUR))
            for line in (line for decompte in releve["decomptes"] for line in decompte["lignes"]):
                seen[numero, line["soin"]] = line["reste_a_charge"]
    assert len(seen) == SOINS
    assert sum(seen.values()) == RESTE_A_CHARGE_CENTIMES


def test_the_same_feed_again_changes_nothing(fed: Served) -> None:
    before = fed.services.journal.position()
    content = (DATA / "synthea_feed.ndjson").read_bytes()
    headers = {"Content-Type": "application/x-ndjson"}
    taken = decoded(fed.as_(Role.SOURCE).post("/v1/flux", content=content, headers=headers))
    assert (taken["deja_enregistres"], taken["position"]) == (MESSAGES, before)
