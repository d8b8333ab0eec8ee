"""The journal over HTTP: what auditors read of it, what stays sealed, and that a look at a member is written."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest

from infra.auth.roles import Role
from infra.http import answers_audit, examples
from ledger.dates import civil_day
from tests.http.test_acces_maison import signed_in
from tests.http.test_openapi import schema_of, validator
from tests.support.keys import destroy_key
from tests.support.ledger import adherent, decompte, encode
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, decoded, serving

LIST = "/v1/audit/evenements"
BALANCE = "/v1/audit/balance"
EXPORT = "/v1/audit/evenements.ndjson"
OTHER = "00999999"
PERSONAL = ("Martin", "ada@exemple.fr", "Consultation", "double_paiement", examples.NUMERO, OTHER, "1980-02-03")


@pytest.fixture(scope="module")
def fed(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server that knows the member of the documentation's examples, and one whose key is destroyed."""
    url = databases_18.create()
    with serving(url) as running:
        head = running.record(*examples.MESSAGES.values())
        head = running.record(decompte("R-2", numero_adherent=OTHER), adherent(reference="A2", numero_adherent=OTHER))
        running.get(f"/v1/adherents/{OTHER}/accueil", after=head)
        destroy_key(running.services, OTHER)
        yield running
    databases_18.drop(url)


def read(fed: Served, path: str, **options: Any) -> Any:
    return decoded(fed.get(path, role=Role.AUDITEUR, **options))


@pytest.mark.parametrize("path", [LIST, f"{LIST}/1", EXPORT, BALANCE])
def test_only_auditors_read_the_journal(fed: Served, path: str) -> None:
    for role in Role:
        if role is not Role.AUDITEUR:
            subject = examples.NUMERO if role is Role.ADHERENT else None
            assert code_of(fed.get(path, role=role, subject=subject)) == (403, "role_interdit")
    assert code_of(fed.as_(None).get(path)) == (401, "jeton_absent")


def test_the_examples_are_what_is_answered(fed: Served) -> None:
    document = decoded(fed.as_(None).get("/openapi.json"))
    opened = read(fed, f"{LIST}?adherent={examples.NUMERO}&personnel=true&du=4&au=4")
    closed = read(fed, f"{LIST}?du=2&au=2")
    for page in (opened, closed):
        validator(document, schema_of(document, "list_evenements", 200), is_closed=True).validate(page)
    one = read(fed, f"{LIST}/5")
    validator(document, schema_of(document, "read_evenement", 200), is_closed=True).validate(one)
    own = ("enregistre_at", "flux", "acteur", "trace", "sujet", "empreinte")
    for shown, example in (
        (opened["elements"][0], answers_audit.ANNULATION),
        (closed["elements"][0], answers_audit.SMI),
        (one["evenement"], answers_audit.CANCELLED),
    ):
        assert shown | {name: example[name] for name in own} == example
    assert json.loads(one["etat"]).keys() == json.loads(answers_audit.ETAT).keys()
    [line] = fed.get(f"{EXPORT}?depuis=5", role=Role.AUDITEUR).text.splitlines()[:1]
    assert json.loads(line).keys() == json.loads(answers_audit.LIGNE).keys()


def test_the_balance_is_that_of_the_position_asked_for(fed: Served) -> None:
    document = decoded(fed.as_(None).get("/openapi.json"))
    balance = read(fed, f"{BALANCE}?au=5")
    validator(document, schema_of(document, "read_balance_generale", 200), is_closed=True).validate(balance)
    assert balance | {"enregistre_at": answers_audit.BALANCE["enregistre_at"]} == answers_audit.BALANCE
    now = fed.get(BALANCE, role=Role.AUDITEUR)
    assert (decoded(now)["position"], now.headers["Ledger-Position"]) == (7, "7")
    assert decoded(now)["total"]["depense"] == 6000
    again = fed.get(BALANCE, role=Role.AUDITEUR, headers={"If-None-Match": now.headers["ETag"]})
    assert again.status_code == 304
    assert code_of(fed.get(f"{BALANCE}?au=99", role=Role.AUDITEUR)) == (422, "au_futur")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.audit.balances.ATTENTE_SECONDS_MAX", 0.0)
        answer = fed.get(f"{BALANCE}?au=4", role=Role.AUDITEUR)
        assert (code_of(answer), answer.headers["Retry-After"]) == ((503, "balance_en_cours"), "10")


def test_pages_follow_each_other_by_their_links(fed: Served) -> None:
    for limite, query in ((2, "au=5"), (1, f"adherent={examples.NUMERO}&sens=decroissant"), (1, "emetteur=smi&au=5")):
        found, path = [], f"{LIST}?limite={limite}&{query}"
        while path:
            answer = fed.get(path, role=Role.AUDITEUR)
            found += [e["position"] for e in decoded(answer)["elements"]]
            path = answer.links["next"]["url"] if "next" in answer.links else ""
        whole = read(fed, f"{LIST}?{query}")
        assert whole["suivant"] is None
        assert found == [e["position"] for e in whole["elements"]]
        assert len(found) > limite


def test_a_cursor_goes_with_its_list(fed: Served) -> None:
    cursor = read(fed, f"{LIST}?limite=1&emetteur=smi")["suivant"]
    assert read(fed, f"{LIST}?limite=3&emetteur=smi&curseur={cursor}")["elements"][0]["position"] == 3
    for query in (
        f"emetteur=cpam-751&curseur={cursor}",
        f"emetteur=smi&sens=decroissant&curseur={cursor}",
        "curseur=x",
    ):
        assert code_of(fed.get(f"{LIST}?{query}", role=Role.AUDITEUR)) == (400, "curseur_invalide")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("personnel=true", (422, "requete_invalide")),
        ("personnel=true&emetteur=smi", (422, "requete_invalide")),
        ("reference=SMI-2026-19", (422, "requete_invalide")),
        ("topic=rien", (422, "requete_invalide")),
        ("payeur=moi", (422, "requete_invalide")),
        ("sens=haut", (422, "requete_invalide")),
        ("limite=501", (422, "requete_invalide")),
        ("du=hier", (422, "au_invalide")),
        ("au=2199-01-01", (422, "au_futur")),
        ("du=999", (422, "au_futur")),
        ("adherent=ABSENT", (404, "adherent_inconnu")),
    ],
)
def test_what_cannot_be_asked(fed: Served, query: str, answer: tuple[int, str]) -> None:
    assert code_of(fed.get(f"{LIST}?{query}", role=Role.AUDITEUR)) == answer


def test_an_event_is_found_by_its_position_alone(fed: Served) -> None:
    assert code_of(fed.get(f"{LIST}/99", role=Role.AUDITEUR)) == (404, "evenement_inconnu")
    assert code_of(fed.get(f"{LIST}/x", role=Role.AUDITEUR)) == (404, "ressource_inconnue")
    assert fed.get(f"{LIST}/1", role=Role.AUDITEUR).headers["Ledger-Position"] == "7"


def test_a_period_is_by_the_instant_of_recording(fed: Served) -> None:
    first = read(fed, f"{LIST}/1")["evenement"]["enregistre_at"]
    last = read(fed, f"{LIST}/7")["evenement"]["enregistre_at"]
    # A day is a civil day of Paris, which is not the one of UTC from 22:00 or 23:00 on.
    day = civil_day(datetime.fromisoformat(last))
    for query, positions in (
        (f"du={first}&au={first}", [1, 2, 3, 4, 5]),
        (f"du={last}", [6, 7]),
        ("au=2026-01-01", []),
        (f"du=2026-01-01&au={day}", [1, 2, 3, 4, 5, 6, 7]),
        ("du=3&au=4", [3, 4]),
    ):
        assert [e["position"] for e in read(fed, f"{LIST}?{query}")["elements"]] == positions


def looks(fed: Served, numero: str) -> list[tuple[str, str | None]]:
    """What the access log keeps of auditors' looks at a member, the latest first."""
    sujet = fed.services.members.find(numero)
    assert sujet is not None
    lines = fed.services.journal_acces.listing(sujet, limit=100)
    return [(line.action, line.motif) for line in lines if line.role == "auditeur"]


def test_a_look_at_a_member_is_written_and_a_person_says_why(fed: Served) -> None:
    read(fed, f"{LIST}?adherent={examples.NUMERO}", headers={"Motif": "sondage"})
    read(fed, f"{LIST}?adherent={examples.NUMERO}&personnel=true")
    read(fed, f"{LIST}/1?personnel=true", headers={"Motif": "r%C3%A9clamation"})
    before = looks(fed, examples.NUMERO)
    assert before[:3] == [
        ("evenement/personnel", "réclamation"),
        ("evenements/personnel", None),
        ("evenements", "sondage"),
    ]
    read(fed, f"{LIST}/1")
    read(fed, f"{LIST}?emetteur=smi")
    assert looks(fed, examples.NUMERO) == before
    session = {"Authorization": f"Bearer {signed_in(fed, examples.NUMERO, Role.AUDITEUR).token}"}
    for path in (f"{LIST}?adherent={examples.NUMERO}", f"{LIST}/1?personnel=true"):
        assert code_of(fed.as_(None).get(path, headers=session)) == (400, "motif_requis")
        assert fed.as_(None).get(path, headers=session | {"Motif": "sondage"}).status_code == 200


def test_where_the_key_is_gone_facts_are_left_and_nothing_else(fed: Served) -> None:
    for query in (f"adherent={OTHER}", f"adherent={OTHER}&personnel=true"):
        elements = read(fed, f"{LIST}?{query}")["elements"]
        assert [(e["position"], e["etat_personnel"], e["personnel"]) for e in elements] == [
            (6, "detruit", None),
            (7, "detruit", None),
        ]
        assert elements[0]["faits"]["total"] == 2100
    assert read(fed, f"{LIST}/6?personnel=true")["evenement"]["etat_personnel"] == "detruit"


def test_the_export_has_every_column_to_the_byte_and_nothing_personal(fed: Served) -> None:
    answer = fed.get(EXPORT, role=Role.AUDITEUR)
    assert answer.headers["Ledger-Position"] == "7"
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    with psycopg.connect(fed.services.url) as connection:
        rows = connection.execute(
            "SELECT notification_id, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
            " originator_id::text, originator_version, topic, state, mac FROM stored_events ORDER BY notification_id"
        ).fetchall()
    names = ("position", "enregistre_at", "flux", "rang", "topic")
    assert [tuple(line[name] for name in names) for line in lines] == [row[:5] for row in rows]
    assert [line["etat"].encode() for line in lines] == [bytes(row[5]) for row in rows]
    assert [base64.b64decode(line["mac"]) for line in lines] == [bytes(row[6]) for row in rows]
    for personal in PERSONAL:
        assert personal not in answer.text
    assert fed.get(f"{EXPORT}?depuis=4", role=Role.AUDITEUR).text == answer.text[answer.text.index('{"position":4,') :]
    assert fed.get(f"{EXPORT}?depuis=8", role=Role.AUDITEUR).text == ""


def test_exports_are_few_at_once_and_one_that_is_left_makes_room(fed: Served) -> None:
    message = decompte(
        "GROS", lignes=[{**decompte()["lignes"][0], "ligne": str(i), "soin": f"S-{i}"} for i in range(400)]
    )
    big = [message | {"reference": f"GROS-{i}"} for i in range(60)]
    for start in range(0, len(big), 20):
        headers = {"Content-Type": "application/x-ndjson"}
        fed.as_(Role.SOURCE).post("/v1/flux", content=b"\n".join(map(encode, big[start : start + 20])), headers=headers)
    client = fed.as_(Role.AUDITEUR)
    with client.stream("GET", EXPORT) as one, client.stream("GET", EXPORT) as two:
        assert (one.status_code, two.status_code) == (200, 200)
        assert code_of(client.get(EXPORT)) == (503, "service_sature")
    for _ in range(50):  # The server sees that they are gone.
        answer = client.get(f"{EXPORT}?depuis=60")
        if answer.status_code == 200:
            break
    assert answer.status_code == 200


def test_an_altered_event_is_shown_as_such_and_hides_no_other(fed: Served) -> None:
    with psycopg.connect(fed.services.url, autocommit=True) as connection:
        connection.execute("UPDATE stored_events SET state = '\\xff7b'::bytea WHERE notification_id = 3")
        connection.execute(
            "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), ':900,', ':901,')::bytea"
            " WHERE notification_id = 2"
        )
    elements = read(fed, f"{LIST}?au=5")["elements"]
    assert [(e["position"], e["intact"]) for e in elements] == [(1, True), (2, False), (3, False), (4, True), (5, True)]
    assert (elements[1]["faits"]["total"], elements[2]["faits"], elements[2]["acteur"]) == (901, None, None)
    one = read(fed, f"{LIST}/3?personnel=true")
    assert (one["etat"], one["etat_base64"]) == (None, "/3s=")
    line = json.loads(fed.get(f"{EXPORT}?depuis=3", role=Role.AUDITEUR).text.splitlines()[0])
    assert (line.get("etat"), line["etat_base64"]) == (None, "/3s=")
    assert read(fed, f"{LIST}?adherent={examples.NUMERO}&personnel=true")["elements"][0]["etat_personnel"] == "ouvert"
