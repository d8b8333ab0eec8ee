"""Every worked case, from feed to HTTP answer: in order, reversed, shuffled fifty times, and with every message thrice.

Each order is a feed of its own over all the cases, for members, references and soins of its own, so that all the
orders live in one database and are read back from one server.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.auth.roles import Role
from tests.support.ledger import encode
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving

Json = dict[str, Any]
CASES: list[Json] = json.loads((Path(__file__).parents[1] / "data" / "reference_cases.json").read_bytes())["cas"]
SHUFFLES = 50
GIVEN, REVERSED, THRICE = "given", "reversed", "thrice"
SHUFFLED = [f"shuffled{number}" for number in range(SHUFFLES)]
ORDERS = [GIVEN, REVERSED, THRICE, *SHUFFLED]


def renamed(value: Any, order: str) -> Any:
    """A message as it is sent in one order: its member, references and soins are that order's."""
    if isinstance(value, list):
        return [renamed(element, order) for element in value]
    if not isinstance(value, dict):
        return value
    own = {}
    for name, part in value.items():
        if name in ("reference", "annule", "soin", "sinistre"):
            own[name] = f"{part}.{order}"
        elif name == "numero_adherent":
            own[name] = numero_of(part, order)
        else:
            own[name] = renamed(part, order)
    return own


def numero_of(numero: str, order: str) -> str:
    return f"{numero}-{ORDERS.index(order)}"


def feed_of(order: str) -> list[Json]:
    """All the messages of all the cases, in one order."""
    messages = [renamed(message, order) for case in CASES for message in case["flux"]]
    if order == REVERSED:
        messages.reverse()
    elif order == THRICE:
        messages = messages * 3
        random.Random(order).shuffle(messages)
    elif order != GIVEN:
        random.Random(order).shuffle(messages)
    return messages


@pytest.fixture(scope="module")
def fed(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server whose ledger has taken the cases in every order."""
    url = databases_18.create()
    with serving(url) as served:
        content = b"\n".join(encode(message) for order in ORDERS for message in feed_of(order))
        headers = {"Content-Type": "application/x-ndjson"}
        taken = decoded(served.as_(Role.SOURCE).post("/v1/flux", content=content, headers=headers))
        count = len(feed_of(GIVEN))
        assert taken["en_quarantaine"] == 0
        assert taken["enregistres"] + taken["en_attente"] == count * len(ORDERS)
        assert taken["deja_enregistres"] == 2 * count
        served.get("/v1/adherents/X/accueil", after=taken["position"])
        yield served
    databases_18.drop(url)


def years(case: Json, field: str) -> set[int]:
    """The civil years of a kind of date in a case."""
    dates = [m[field] for m in case["flux"] if field in m]
    dates += [ligne[field] for m in case["flux"] for ligne in m.get("lignes", ()) if field in ligne]
    return {int(day[:4]) for day in dates}


@pytest.mark.parametrize("order", [GIVEN, REVERSED, THRICE, "shuffled"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_gives_what_it_says_whatever_the_order(fed: Served, case: Json, order: str) -> None:
    for own in SHUFFLED if order == "shuffled" else [order]:
        check(fed, case, own)


def statement(fed: Served, case: Json, order: str) -> str:
    """The statement of the one year in which a case is paid, as answered; asked once."""
    key = (fed.url, case["id"], order)
    if key not in _STATEMENTS:
        [annee] = years(case, "date_paiement")
        path = f"/v1/adherents/{numero_of(case['numero_adherent'], order)}/releves/{annee}"
        answer = fed.get(path, role=Role.AUDITEUR)
        assert answer.status_code == 200
        _STATEMENTS[key] = answer.text
    return _STATEMENTS[key]


_STATEMENTS: dict[tuple[str, str, str], str] = {}


def check(fed: Served, case: Json, order: str) -> None:
    """The lines of the statement give each soin its split, and the two totals their sum."""
    member = f"/v1/adherents/{numero_of(case['numero_adherent'], order)}"
    expected = {f"{soin}.{order}": split for soin, split in case["attendu"]["soins"].items()}

    seen: dict[str, Json] = {}
    releve = json.loads(statement(fed, case, order))
    for line in (line for decompte in releve["decomptes"] for line in decompte["lignes"]):
        shown = {name: line[name] for name in expected.get(line["soin"], {})}
        assert seen.setdefault(line["soin"], shown) == shown
    assert seen == expected
    assert releve["totaux"] == case["attendu"]["totaux"]

    [annee] = years(case, "date_soin")
    by_care = decoded(fed.get(f"{member}/reste-a-charge", role=Role.AUDITEUR, params={"annee": annee}))
    assert by_care["total"] == case["attendu"]["totaux"]
    for parts in ("par_categorie", "par_mois", "par_beneficiaire"):
        for name, amount in by_care["total"].items():
            assert sum(part[name] for part in by_care[parts]) == amount


def test_the_statements_do_not_depend_on_the_order(fed: Served) -> None:
    """Not only the amounts: every field, but for the positions and the names that differ by construction."""

    def anonymous(case: Json, order: str) -> str:
        member = numero_of(case["numero_adherent"], order)
        body = json.loads(statement(fed, case, order).replace(f".{order}", "").replace(member, ""))
        return json.dumps(body | {"position": 0}, sort_keys=True)

    for case in CASES:
        assert len({anonymous(case, order) for order in ORDERS}) == 1, case["id"]
