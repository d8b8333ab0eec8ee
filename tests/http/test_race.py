"""Sixteen writers at once under one identity: one wins, and the others are told the truth."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from infra.auth.roles import Role
from tests.support.ledger import adherent, decompte, encode, soin_line
from tests.support.serving import Served

WRITERS = 16


def post_at_once(served: Served, messages: list[dict[str, Any]]) -> list[httpx.Response]:
    """Post each message from a thread and a connection of its own, all at the same moment."""
    client = served.as_(Role.SOURCE)
    client.get("/v1/sante/vivant")
    barrier = Barrier(len(messages))

    def post(message: dict[str, Any]) -> httpx.Response:
        content = encode(message)
        barrier.wait()
        return client.post("/v1/messages", content=content)

    with ThreadPoolExecutor(len(messages)) as threads:
        return list(threads.map(post, messages))


@pytest.mark.parametrize("attempt", range(3))
def test_the_same_message_from_sixteen_threads_is_one_event(served: Served, numero: str, attempt: int) -> None:
    message = decompte(f"X-{numero}", numero_adherent=numero)
    before = served.services.journal.position()
    answers = post_at_once(served, [message] * WRITERS)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: WRITERS - 1}
    assert {answer.json()["position"] for answer in answers} == {before + 1}
    assert served.services.journal.position() == before + 1


@pytest.mark.parametrize("attempt", range(3))
def test_sixteen_contents_under_one_identity_are_one_event_and_fifteen_conflicts(
    served: Served, numero: str, attempt: int
) -> None:
    messages = [
        decompte(f"Y-{numero}", numero_adherent=numero, lignes=[soin_line(montant=2100 + 100 * index)])
        for index in range(WRITERS)
    ]
    before = served.services.journal.position()
    answers = post_at_once(served, messages)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: WRITERS - 1}
    conflicts = [answer.json() for answer in answers if answer.status_code == 409]
    assert {conflict["code"] for conflict in conflicts} == {"decompte_en_conflit"}
    assert {tuple(sorted(conflict["differences"])) for conflict in conflicts} == {("/lignes/0/montant", "/total")}
    assert len({conflict["quarantaine"] for conflict in conflicts}) == WRITERS - 1
    assert served.services.journal.position() == before + 1


def test_nine_members_under_one_number_are_one_event_and_eight_conflicts(served: Served, numero: str) -> None:
    messages = [decompte(f"Z-{numero}", numero_adherent=f"{numero}{index}") for index in range(9)]
    answers = post_at_once(served, messages)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 8}
    assert {tuple(answer.json().get("differences", ())) for answer in answers if answer.status_code == 409} == {
        ("/numero_adherent",)
    }


def test_a_new_member_named_by_sixteen_threads_gets_one_subject(served: Served, numero: str) -> None:
    messages = [adherent(reference=f"V{index}-{numero}", numero_adherent=numero) for index in range(WRITERS)]
    answers = post_at_once(served, messages)
    assert Counter(answer.status_code for answer in answers) == {201: WRITERS}
    positions = [answer.json()["position"] for answer in answers]
    with served.services.datastore.get_connection() as connection:
        rows = connection.execute(
            "SELECT DISTINCT convert_from(state, 'UTF8')::json ->> 'sujet' AS sujet FROM stored_events"
            " WHERE notification_id = ANY(%s)",
            (positions,),
        ).fetchall()
    assert len(rows) == 1
