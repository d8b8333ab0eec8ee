"""The quarantine: listed, read, replayed as it is or mended; each source sees its own."""

import base64
from itertools import pairwise
from typing import Any

import pytest

from infra.auth.roles import Role
from tests.support.ledger import decompte, encode
from tests.support.serving import Served, code_of, decoded


def refused(served: Served, raw: bytes, *, subject: str | None = None) -> str:
    """Have a message refused; where it is kept."""
    identifier: str = served.post(raw, subject=subject).json()["quarantaine"]
    return identifier


def read(served: Served, identifier: str, *, role: Role = Role.EXPLOITANT, subject: str | None = None) -> Any:
    return decoded(served.get(f"/v1/quarantaine/{identifier}", role=role, subject=subject))


def replay(served: Served, identifier: str, content: bytes = b"", **options: Any) -> Any:
    client = served.as_(options.pop("role", Role.SOURCE), options.pop("subject", None))
    return client.post(f"/v1/quarantaine/{identifier}/rejeu", content=content, **options)


def test_a_refused_message_is_read_exactly_as_received(served: Served, numero: str) -> None:
    raw = encode({"type": "decompte", "version": 1, "emetteur": numero, "libellé": "œ"})
    element = read(served, refused(served, raw))
    assert element["message"].encode() == raw
    assert element["message_base64"] is None
    assert (element["code"], element["origine"], element["ligne"], element["nombre"]) == (
        "message_invalide",
        "http",
        None,
        1,
    )
    assert {"chemin": "/libellé", "message": "champ inconnu"} in element["erreurs"]
    assert element["recu_at"].endswith("Z")
    assert (element["rejoue_at"], element["rejoue_par"]) == (None, None)


def test_what_is_not_utf_8_is_given_in_base64(served: Served, numero: str) -> None:
    raw = b"\xff" + numero.encode()
    element = read(served, refused(served, raw))
    assert element["message"] is None
    assert base64.b64decode(element["message_base64"]) == raw


def test_the_same_bytes_refused_again_are_counted(served: Served, numero: str) -> None:
    raw = b"{" + numero.encode()
    first, second = refused(served, raw), refused(served, raw)
    assert first == second
    assert read(served, first)["nombre"] == 2


def test_a_conflict_keeps_the_fields_that_differ(served: Served, numero: str) -> None:
    message = decompte(f"Q-{numero}", numero_adherent=numero)
    served.post(message)
    element = read(served, refused(served, encode(message | {"rang": 2})))
    assert (element["code"], element["differences"]) == ("decompte_en_conflit", ["/rang"])


def test_a_source_sees_and_replays_its_own_only(served: Served, emetteur: str) -> None:
    identifier = refused(served, b"{" + emetteur.encode(), subject=emetteur)
    assert read(served, identifier, role=Role.SOURCE, subject=emetteur)["id"] == identifier
    other = f"{emetteur}-autre"
    for answer in (
        served.get(f"/v1/quarantaine/{identifier}", role=Role.SOURCE, subject=other),
        replay(served, identifier, subject=other),
    ):
        assert code_of(answer) == (404, "quarantaine_inconnue")
    own = decoded(served.get("/v1/quarantaine", role=Role.SOURCE, subject=emetteur))
    assert [element["id"] for element in own["elements"]] == [identifier]
    assert decoded(served.get("/v1/quarantaine", role=Role.SOURCE, subject=other))["elements"] == []


@pytest.mark.parametrize("role", [Role.EXPLOITANT, Role.SOURCE])
def test_the_exploitant_and_a_source_for_all_see_everything(served: Served, emetteur: str, role: Role) -> None:
    identifier = refused(served, b"{" + emetteur.encode(), subject=emetteur)
    page = decoded(served.get("/v1/quarantaine", role=role, params={"limite": 1}))
    assert [element["id"] for element in page["elements"]] == [identifier]


def test_pages_follow_each_other_newest_first_without_a_gap(served: Served, emetteur: str) -> None:
    sent = [refused(served, b"{%d" % number + emetteur.encode(), subject=emetteur) for number in range(7)]
    seen: list[dict[str, Any]] = []
    path = "/v1/quarantaine?limite=3"
    while path:
        answer = served.get(path, role=Role.SOURCE, subject=emetteur)
        page = decoded(answer)
        seen += page["elements"]
        assert len(page["elements"]) <= 3
        assert ("next" in answer.links) == (page["suivant"] is not None)
        path = answer.links["next"]["url"] if page["suivant"] else ""
    assert [element["id"] for element in seen] == sent[::-1]
    assert all(newer["recu_at"] >= older["recu_at"] for newer, older in pairwise(seen))


def test_a_page_of_very_large_messages_is_shorter_and_nothing_is_lost(served: Served, emetteur: str) -> None:
    sent = [refused(served, b"%d" % n + b" " * 7_000_000 + emetteur.encode(), subject=emetteur) for n in range(4)]
    pages = []
    cursor: dict[str, Any] = {}
    while True:
        page = decoded(
            served.get("/v1/quarantaine", role=Role.SOURCE, subject=emetteur, params={"limite": 50} | cursor)
        )
        pages.append([element["id"] for element in page["elements"]])
        if page["suivant"] is None:
            break
        cursor = {"curseur": page["suivant"]}
    assert pages == [sent[::-1][:3], sent[::-1][3:]]


def test_the_list_narrows_to_a_code_and_keeps_it_from_page_to_page(served: Served, emetteur: str) -> None:
    wanted = [refused(served, b"\xff%d" % number + emetteur.encode(), subject=emetteur) for number in range(3)]
    refused(served, b"{" + emetteur.encode(), subject=emetteur)
    params = {"code": "encodage_invalide", "limite": 2}
    first = served.get("/v1/quarantaine", role=Role.SOURCE, subject=emetteur, params=params)
    second = served.get(first.links["next"]["url"], role=Role.SOURCE, subject=emetteur)
    elements = decoded(first)["elements"] + decoded(second)["elements"]
    assert [element["id"] for element in elements] == wanted[::-1]
    assert decoded(second)["suivant"] is None


def test_a_cursor_is_worth_nothing_elsewhere_nor_changed(served: Served, emetteur: str) -> None:
    for number in range(2):
        refused(served, b"{%d" % number + emetteur.encode(), subject=emetteur)
    cursor = decoded(served.get("/v1/quarantaine", role=Role.SOURCE, subject=emetteur, params={"limite": 1}))["suivant"]

    def ask(curseur: str, subject: str = emetteur, **params: str) -> tuple[int, str]:
        options = {"curseur": curseur, **params}
        return code_of(served.get("/v1/quarantaine", role=Role.SOURCE, subject=subject, params=options))

    changed = cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:]
    for wrong in (changed, cursor[:-2], "", "é", "AAAA", "=" * 20):
        assert ask(wrong) == (400, "curseur_invalide")
    assert ask(cursor, f"{emetteur}-autre") == (400, "curseur_invalide")
    assert ask(cursor, code="json_invalide") == (400, "curseur_invalide")


@pytest.mark.parametrize("limite", ["0", "201", "-1", "x", "1.5"])
def test_a_limit_out_of_bounds_is_refused(served: Served, limite: str) -> None:
    answer = served.get("/v1/quarantaine", role=Role.EXPLOITANT, params={"limite": limite})
    assert code_of(answer) == (422, "requete_invalide")


@pytest.mark.parametrize("identifier", ["x", "0", "0197c3c2-6f1e-4a57-9d38-0d6f0a5b7a11"])
def test_an_unknown_identifier_is_not_found(served: Served, identifier: str) -> None:
    assert code_of(served.get(f"/v1/quarantaine/{identifier}", role=Role.EXPLOITANT)) == (404, "quarantaine_inconnue")
    assert code_of(replay(served, identifier)) == (404, "quarantaine_inconnue")


def test_a_mended_message_is_taken_and_the_original_names_it(served: Served, numero: str) -> None:
    right = decompte(f"R-{numero}", numero_adherent=numero)
    wrong = encode(right | {"total": 1})
    identifier = refused(served, wrong)
    answer = replay(served, identifier, encode(right))
    assert (answer.status_code, answer.json()["statut"]) == (201, "enregistre")
    element = read(served, identifier)
    assert element["message"].encode() == wrong
    assert element["rejoue_par"] == f"cpam-751/R-{numero}"
    assert element["rejoue_at"] >= element["recu_at"]
    again = replay(served, identifier, encode(right))
    assert (again.status_code, again.headers["Idempotency-Hit"]) == (200, "true")


def test_a_message_is_replayed_as_it_is_once_the_cause_is_gone(served: Served, emetteur: str, numero: str) -> None:
    message = decompte(f"S-{numero}", numero_adherent=numero, emetteur=emetteur)
    identifier = refused(served, encode(message), subject="smi")
    assert read(served, identifier)["code"] == "emetteur_interdit"
    # Its source still may not speak for that emetteur; the exploitant may have it taken.
    still = replay(served, identifier, subject="smi")
    assert code_of(still) == (422, "emetteur_interdit")
    assert still.json()["quarantaine"] == identifier
    assert read(served, identifier)["nombre"] == 2
    assert replay(served, identifier, role=Role.EXPLOITANT).status_code == 201
    assert read(served, identifier)["rejoue_par"] == f"{emetteur}/S-{numero}"


def test_a_mended_message_that_is_still_wrong_is_kept_beside_the_original(served: Served, numero: str) -> None:
    identifier = refused(served, b"{" + numero.encode())
    answer = replay(served, identifier, b"[" + numero.encode())
    assert code_of(answer) == (422, "json_invalide")
    kept = read(served, answer.json()["quarantaine"])
    assert kept["id"] != identifier
    assert kept["origine"] == f"rejeu:{identifier}"
    assert read(served, identifier)["rejoue_par"] is None


def test_a_rehearsed_replay_changes_nothing(served: Served, numero: str) -> None:
    right = decompte(f"U-{numero}", numero_adherent=numero)
    identifier = refused(served, encode(right | {"total": 1}))
    assert replay(served, identifier, encode(right), params={"dry_run": "true"}).status_code == 201
    assert code_of(replay(served, identifier, params={"dry_run": "true"})) == (422, "total_incoherent")
    element = read(served, identifier)
    assert (element["rejoue_par"], element["nombre"]) == (None, 1)


def test_an_unchanged_page_is_not_sent_again(served: Served, emetteur: str) -> None:
    refused(served, b"{" + emetteur.encode(), subject=emetteur)
    first = served.get("/v1/quarantaine", role=Role.SOURCE, subject=emetteur)
    again = served.get(
        "/v1/quarantaine", role=Role.SOURCE, subject=emetteur, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
