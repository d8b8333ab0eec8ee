"""`POST /v1/messages`: the four outcomes, their statuses, and what is kept."""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from infra.auth.roles import Role
from infra.http.bodies import DRAINED_BYTES_MAX, MESSAGE_BODY_BYTES_MAX
from tests.support.ledger import adherent, annulation, decompte, encode, soin_line
from tests.support.serving import Served, code_of, decoded

_numbers = count(1)


@pytest.fixture
def reference() -> str:
    return f"M-{next(_numbers)}"


def test_a_new_message_is_created_with_its_position(served: Served, reference: str, numero: str) -> None:
    before = served.services.journal.position()
    answer = served.post(decompte(reference, numero_adherent=numero))
    assert answer.status_code == 201
    assert answer.json() == {
        "statut": "enregistre",
        "emetteur": "cpam-751",
        "reference": reference,
        "position": before + 1,
    }
    assert "Idempotency-Hit" not in answer.headers


def test_the_same_message_again_is_a_success_that_says_so(served: Served, reference: str, numero: str) -> None:
    message = decompte(reference, numero_adherent=numero, lignes=[soin_line("1"), soin_line("2")])
    first = served.post(message)
    reordered = dict(reversed(message.items())) | {"lignes": message["lignes"][::-1]}
    again = served.post(reordered)
    assert again.status_code == 200
    assert again.headers["Idempotency-Hit"] == "true"
    assert again.json() == first.json() | {"statut": "deja_enregistre"}


def test_other_content_under_one_identity_is_a_conflict_that_names_the_fields(
    served: Served, reference: str, numero: str
) -> None:
    served.post(decompte(reference, numero_adherent=numero))
    answer = served.post(decompte(reference, numero_adherent=numero, rang=2, lignes=[soin_line(montant=2200)]))
    assert code_of(answer) == (409, "decompte_en_conflit")
    assert set(answer.json()["differences"]) == {"/rang", "/total", "/lignes/0/montant"}
    kept = served.services.quarantine.get(answer.json()["quarantaine"])
    assert kept is not None
    assert json.loads(kept.message)["rang"] == 2


def test_an_annulation_before_its_decompte_waits_then_is_applied(served: Served, reference: str, numero: str) -> None:
    waiting = served.post(annulation(reference, numero_adherent=numero))
    assert waiting.status_code == 202
    assert waiting.json()["statut"] == "en_attente"
    assert waiting.json()["position"] > 0
    message = decompte(reference, numero_adherent=numero)
    assert "annule" not in served.post(message).json()
    again = served.post(message)
    assert (again.status_code, again.json()["annule"]) == (200, True)


def test_an_annulation_of_another_members_decompte_is_incoherent(served: Served, reference: str, numero: str) -> None:
    served.post(decompte(reference, numero_adherent=numero))
    answer = served.post(annulation(reference, numero_adherent=numero + "X"))
    assert code_of(answer) == (409, "annulation_incoherente")


def test_a_second_annulation_changes_nothing(served: Served, reference: str, numero: str) -> None:
    served.post(decompte(reference, numero_adherent=numero))
    first = served.post(annulation(reference, numero_adherent=numero))
    second = served.post(annulation(reference, numero_adherent=numero, reference=f"B-{reference}"))
    assert (first.status_code, second.status_code) == (201, 200)


def test_every_fault_is_named_at_its_place(served: Served, reference: str, numero: str) -> None:
    message = decompte(
        reference, numero_adherent=numero, rang=0, lignes=[soin_line(montant=1.5) | {"inconnu": 1}], total=0
    )
    answer = served.post(message)
    assert code_of(answer) == (422, "message_invalide")
    assert {e["chemin"] for e in answer.json()["erreurs"]} == {"/rang", "/lignes/0/montant", "/lignes/0/inconnu"}
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.json()["quarantaine"])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json_invalide"),
        (b"{", "json_invalide"),
        (b'{"type": "decompte", "total": NaN}', "json_invalide"),
        (b"\xff\xfe", "encodage_invalide"),
        (b'{"type": "autre", "version": 1}', "type_inconnu"),
        (b'{"type": "decompte", "version": 2}', "version_inconnue"),
        (b"[]", "message_invalide"),
        (b" " * (256 * 1024 + 1), "message_trop_grand"),
        (b" " * MESSAGE_BODY_BYTES_MAX, "message_trop_grand"),
    ],
)
def test_what_cannot_be_read_is_refused_and_kept_whole(served: Served, raw: bytes, code: str) -> None:
    answer = served.post(raw)
    assert code_of(answer) == (422, code)
    kept = served.services.quarantine.get(answer.json()["quarantaine"])
    assert kept is not None
    assert kept.message == raw


def test_a_total_that_is_not_the_sum_is_refused(served: Served, reference: str) -> None:
    assert code_of(served.post(decompte(reference, total=1))) == (422, "total_incoherent")


@pytest.mark.parametrize("size", [MESSAGE_BODY_BYTES_MAX + 1, MESSAGE_BODY_BYTES_MAX + DRAINED_BYTES_MAX + 1])
def test_a_body_above_the_limit_is_not_kept(served: Served, size: int) -> None:
    before = served.services.quarantine.page(limit=1).elements

    def chunks() -> Iterator[bytes]:
        # Without a length: the server finds out as it reads.
        for start in range(0, size, 65536):
            yield b" " * min(65536, size - start)

    answer = served.as_(Role.SOURCE).post("/v1/messages", content=chunks())
    assert code_of(answer) == (413, "corps_trop_grand")
    assert answer.headers["Connection"] == "close"
    assert served.services.quarantine.page(limit=1).elements == before


def test_a_source_speaks_for_its_emetteurs_only(served: Served, reference: str, numero: str) -> None:
    message = decompte(reference, numero_adherent=numero)
    assert code_of(served.post(message, subject="smi,autre")) == (422, "emetteur_interdit")
    assert served.post(message, subject="cpam-751,smi").status_code == 201


def test_a_rehearsal_answers_the_same_and_records_nothing(served: Served, reference: str, numero: str) -> None:
    message = decompte(reference, numero_adherent=numero)
    before = served.services.journal.position()
    rehearsal: dict[str, Any] = {"params": {"dry_run": "true"}}
    answer = served.post(message, **rehearsal)
    assert (answer.status_code, answer.json()["statut"], answer.json()["position"]) == (201, "enregistre", None)
    assert served.post(annulation(reference, numero_adherent=numero), **rehearsal).status_code == 202
    refused = served.post(b"{", **rehearsal)
    assert code_of(refused) == (422, "json_invalide")
    assert "quarantaine" not in refused.json()
    assert served.services.journal.position() == before
    recorded = served.post(message).json()
    again = served.post(message, **rehearsal)
    assert again.json() == recorded | {"statut": "deja_enregistre"}
    conflict = served.post(message | {"rang": 2}, **rehearsal)
    assert code_of(conflict) == (409, "decompte_en_conflit")


def test_a_compressed_body_is_not_judged_as_a_message(served: Served) -> None:
    answer = served.post(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert code_of(answer) == (415, "contenu_non_gere")


def test_a_wrong_parameter_is_named_and_nothing_is_taken(served: Served) -> None:
    answer = served.post(b"{", params={"dry_run": "peut-être"})
    assert code_of(answer) == (422, "requete_invalide")
    assert answer.json()["erreurs"] == [{"chemin": "/query/dry_run", "message": "true ou false attendu"}]


def test_all_types_are_messages(served: Served, reference: str, numero: str) -> None:
    answer = served.post(adherent(reference=reference, numero_adherent=numero))
    assert decoded(answer)["emetteur"] == "smi"


def test_the_trace_of_the_request_is_on_its_event(served: Served, reference: str, numero: str) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = served.post(decompte(reference, numero_adherent=numero), headers=headers)
    assert answer.headers["X-Trace-Id"] == trace
    with served.services.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT convert_from(state, 'UTF8')::json AS state FROM stored_events WHERE notification_id = %s",
            (answer.json()["position"],),
        ).fetchone()
    assert row is not None
    assert row["state"]["trace"] == trace
    assert row["state"]["acteur"].startswith("jeton:")


def test_a_body_that_is_not_told_apart_by_its_type(served: Served, reference: str, numero: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert served.post(encode(decompte(reference, numero_adherent=numero)), headers=headers).status_code == 201
