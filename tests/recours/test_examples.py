"""The examples of the documentation about recoveries are true: sent in their order, they are answered as shown."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from infra.auth.roles import Role
from infra.http import answers_recours as answers
from infra.http import examples, examples_recours
from infra.recours.bordereaux import CSV_TYPE
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving

SINISTRE = f"/v1/sinistres/{examples_recours.SINISTRE}"
BORDEREAU = f"/v1/recours/bordereaux/{examples_recours.BORDEREAU}"
NUMERO = {"numero_adherent": examples.NUMERO}

READS: dict[str, tuple[str, dict[str, Any]]] = {
    "list_sinistres": ("/v1/sinistres", {}),
    "read_sinistre": (SINISTRE, {}),
    "read_creance": (f"{SINISTRE}/creances/1", {}),
    "list_suivis": (f"/v1/adherents/{examples.NUMERO}/sinistres", {}),
    "list_soins_rattachables": ("/v1/recours/soins", NUMERO),
    "list_suggestions": ("/v1/recours/suggestions", NUMERO),
    "read_cout_net": ("/v1/recours/cout-net", NUMERO),
    "read_balance": ("/v1/recours/balance", {}),
    "list_ecarts": ("/v1/recours/ecarts", {}),
    "list_bordereaux": ("/v1/recours/bordereaux", {}),
    "read_bordereau": (BORDEREAU, {}),
}


@pytest.fixture(scope="module")
def told(databases_18: DatabaseFactory) -> Iterator[tuple[Served, dict[tuple[str, int], Any]]]:
    """A server after every body of the documentation was sent, and what it answered."""
    url = databases_18.create()
    with serving(url) as served:
        served.record(*examples.MESSAGES.values())
        yield served, send(served)
    databases_18.drop(url)


def send(served: Served) -> dict[tuple[str, int], Any]:
    """Send the bodies of the documentation, one after the other; the answers, by operation and status."""
    team = served.as_(Role.ASSIA)
    given: dict[tuple[str, int], Any] = {}
    for _ in range(2):
        answer = team.post("/v1/sinistres", json=examples_recours.DECLARATION_ASSIA)
        given["record_sinistre", answer.status_code] = decoded(answer)
    version = 1
    for name in examples_recours.WAY:
        headers = {"If-Match": f'"{version}"'}
        answer = team.post(f"{SINISTRE}/etapes", json=examples_recours.ETAPES[name], headers=headers)
        version = decoded(answer)["version"]
        given["record_etape", answer.status_code] = decoded(answer)
    again = team.post(
        f"{SINISTRE}/etapes", json=examples_recours.ETAPES["ventilation"], headers={"If-Match": f'"{version}"'}
    )
    given["record_etape", again.status_code] = decoded(again)
    for _ in range(2):
        answer = team.post(BORDEREAU, content=examples_recours.CSV, headers={"Content-Type": CSV_TYPE})
        given["record_bordereau", answer.status_code] = decoded(answer)
    resolved = team.post(f"{BORDEREAU}/lignes/3/resolution", json=examples_recours.RESOLUTION)
    given["record_resolution", resolved.status_code] = decoded(resolved)
    return given


def read(served: Served, operation: str) -> Any:
    path, params = READS[operation]
    role = Role.PORTAIL if operation == "list_suivis" else Role.ASSIA
    return decoded(served.get(path, role=role, after=served.services.journal.position(), params=params))


@pytest.mark.parametrize("operation", READS)
def test_what_is_read_is_as_shown(told: tuple[Served, Any], operation: str) -> None:
    [example] = answers.ANSWERS[operation, 200].values()
    assert plain(read(told[0], operation)) == plain(example)


def test_what_is_sent_is_answered_as_shown(told: tuple[Served, dict[tuple[str, int], Any]]) -> None:
    shown = {key: next(iter(value.values())) for key, value in answers.ANSWERS.items() if key[0].startswith("record")}
    assert {key: plain(value) for key, value in told[1].items()} == {key: plain(value) for key, value in shown.items()}


def test_every_way_of_declaring_and_every_step_of_the_documentation_is_well_formed(told: tuple[Served, Any]) -> None:
    served = told[0]
    declared = served.as_(Role.ADHERENT, examples.NUMERO).post("/v1/sinistres", json=examples_recours.DECLARATION)
    assert declared.status_code == 201
    for body in examples_recours.ETAPES.values():
        answer = served.as_(Role.ASSIA).post(f"{SINISTRE}/etapes", json=body, headers={"If-Match": '"1"'})
        assert answer.json()["code"] == "version_perimee"


def plain(value: Any) -> Any:
    """Without what differs from one run to the next: who, and the instant."""
    text = msgspec.json.encode(value).decode()
    text = re.sub(r"jeton:[0-9a-f-]{36}", "jeton", text)
    return msgspec.json.decode(re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "instant", text))
