"""The documentation: complete, in French, with true examples, and the shape of every real body."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from infra.auth.roles import Role
from infra.http import answers, answers_exports, examples
from infra.http.problems import MEDIA_TYPE
from tests.support.ledger import annulation, decompte, encode
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving

Json = dict[str, Any]
MEMBER = f"/v1/adherents/{examples.NUMERO}"
READS = (
    ("read_accueil", f"{MEMBER}/accueil", answers.ACCUEIL),
    ("read_releve", f"{MEMBER}/releves/2026", answers.RELEVE),
    ("read_reste_a_charge", f"{MEMBER}/reste-a-charge?annee=2026", answers.RESTE_A_CHARGE),
    ("read_comparatif", f"{MEMBER}/comparatif", answers.COMPARATIF),
    ("read_decompte", f"{MEMBER}/decomptes/smi/SMI-2026-19", answers.DETAIL),
    ("read_fiscal", f"{MEMBER}/fiscal/2026", answers_exports.FISCAL),
)
OPEN_STEPS = {
    *(f"{step}_{way}" for step in ("begin", "confirm") for way in ("activation", "reset", "unblock")),
    "choose_password",
    "estimate_password",
    "open_session",
    "open_house_session",
    "open_house_link",
}
"""The steps that are taken without a token."""

POSITION = 5
FLUX = b"\n".join([*map(encode, examples.MESSAGES.values()), b"", b'{"type": "dec'])


@pytest.fixture(scope="module")
def fed(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server on a database that was fed the messages of the documentation, and nothing else."""
    url = databases_18.create()
    with serving(url) as running:
        headers = {"Content-Type": "application/x-ndjson"}
        answer = running.as_(Role.SOURCE).post("/v1/flux", content=FLUX, headers=headers)
        assert decoded(answer) == examples.FLUX_PRIS == examples.FLUX_PRIS | {"position": POSITION}
        running.get(f"{MEMBER}/accueil", after=POSITION)
        yield running
    databases_18.drop(url)


@pytest.fixture(scope="module")
def document(fed: Served) -> Json:
    """The document, as served."""
    served: Json = decoded(fed.as_(None).get("/openapi.json"))
    return served


def operations(document: Json) -> dict[str, Json]:
    found = [operation for path in document["paths"].values() for operation in path.values()]
    return {operation["operationId"]: operation for operation in found}


def validator(document: Json, schema: Json, *, is_closed: bool = False) -> jsonschema_rs.Draft202012Validator:
    """A validator of a schema of the document. Closed: a field that is not documented is a fault."""
    components = copy.deepcopy(document["components"])
    if is_closed:
        for described in components["schemas"].values():
            if "properties" in described:
                described["additionalProperties"] = False
    return jsonschema_rs.Draft202012Validator({**schema, "components": components}, validate_formats=True)


def schema_of(document: Json, operation_id: str, status: int) -> Json:
    [content] = operations(document)[operation_id]["responses"][str(status)]["content"].values()
    schema: Json = content["schema"]
    return schema


@pytest.mark.parametrize(("operation", "path", "example"), READS)
def test_the_example_of_a_read_is_what_is_answered(
    fed: Served, document: Json, operation: str, path: str, example: Json
) -> None:
    body = decoded(fed.get(path))
    validator(document, schema_of(document, operation, 200), is_closed=True).validate(body)
    if "enregistre_at" in example:
        body["enregistre_at"] = example["enregistre_at"]
    assert body == example


@pytest.mark.parametrize(
    ("path", "example"),
    [("releves/2026.csv", answers_exports.RELEVE_CSV), ("fiscal/2026.csv", answers_exports.FISCAL_CSV)],
)
def test_the_example_of_a_table_is_what_is_answered(fed: Served, path: str, example: str) -> None:
    assert fed.get(f"{MEMBER}/{path}").content.decode() == example


@pytest.mark.parametrize(
    ("path", "beginning"),
    [
        ("releves/2026.pdf", answers_exports.PDF),
        ("fiscal/2026.pdf", answers_exports.PDF),
        ("releves/2026.xlsx", answers_exports.XLSX),
    ],
)
def test_the_example_of_a_file_is_how_it_begins(fed: Served, path: str, beginning: str) -> None:
    assert fed.get(f"{MEMBER}/{path}").content.startswith(beginning.encode())


def test_the_example_of_the_bundle_is_part_of_what_is_answered(fed: Served, document: Json) -> None:
    bundle = decoded(fed.get(f"{MEMBER}/releves/2026.fhir.json"))
    validator(document, schema_of(document, "read_releve_fhir", 200)).validate(bundle)
    first = next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "ExplanationOfBenefit")
    assert {**bundle, "entry": [first]} == answers_exports.RELEVE_FHIR


def test_the_examples_of_messages_are_what_is_answered(database_url: str, document: Json) -> None:
    with serving(database_url) as served:
        ro = served.post(examples.DECOMPTE_RO)
        assert (ro.status_code, ro.json()) == (201, examples.ENREGISTRE)
        again = served.post(examples.DECOMPTE_RO)
        assert (again.status_code, again.json()) == (200, examples.DEJA_ENREGISTRE)
        served.record(examples.DECOMPTE_SMI, examples.ADHERENT)
        waiting = served.post(examples.ANNULATION)
        assert (waiting.status_code, waiting.json()) == (202, examples.EN_ATTENTE)
        served.record(annulation("751-2026-000471", numero_adherent=examples.NUMERO))
        cancelled = served.post(examples.DECOMPTE_RO)
        assert cancelled.json() == examples.DEJA_ENREGISTRE_ANNULE
        for answer in (ro, again, waiting, cancelled):
            schema = schema_of(document, "record_message", answer.status_code)
            validator(document, schema, is_closed=True).validate(answer.json())


def test_the_example_of_the_quarantine_is_what_is_answered(fed: Served, document: Json) -> None:
    page = decoded(fed.get("/v1/quarantaine", role=Role.EXPLOITANT))
    validator(document, schema_of(document, "list_quarantaine", 200), is_closed=True).validate(page)
    [element] = page["elements"]
    own = {name: examples.EN_QUARANTAINE[name] for name in ("id", "recu_at", "dernier_recu_at")}
    assert page == {**examples.PAGE_QUARANTAINE, "elements": [element]}
    assert {**element, **own} == examples.EN_QUARANTAINE


def test_the_examples_of_health_are_what_is_answered(fed: Served, document: Json) -> None:
    for operation, path in (("check_vivant", "/v1/sante/vivant"), ("check_pret", "/v1/sante/pret")):
        body = decoded(fed.as_(None).get(path))
        validator(document, schema_of(document, operation, 200), is_closed=True).validate(body)
        [example] = answers.ANSWERS[operation, 200].values()
        assert set(body) == set(example)


def test_the_examples_of_notifications_are_what_is_answered(fed: Served, document: Json) -> None:
    chosen = fed.as_(Role.PORTAIL).put(f"{MEMBER}/notifications", json={"frequence": "hebdomadaire"})
    for operation, answer in (
        ("choose_notifications", chosen),
        ("read_notifications", fed.get(f"{MEMBER}/notifications")),
    ):
        body = decoded(answer)
        validator(document, schema_of(document, operation, 200), is_closed=True).validate(body)
        assert {**body, "choisi_at": answers.NOTIFICATIONS["choisi_at"]} == answers.NOTIFICATIONS


def test_the_example_of_the_stream_is_what_is_streamed(fed: Served) -> None:
    streamed = fed.get(f"{MEMBER}/evenements", params={"depuis": 3, "duree": 0})
    assert [streamed.headers["content-type"], streamed.status_code] == ["text/event-stream; charset=utf-8", 200]
    event = "".join(f"{name}: {value}\n" for name, value in answers.EVENEMENT.items())
    assert streamed.text == f"retry: 3000\nid: 3\n\n{event}\n"


def test_every_example_fits_its_schema(document: Json) -> None:
    for operation in operations(document).values():
        for content in [
            *operation.get("requestBody", {}).get("content", {}).values(),
            *(c for response in operation["responses"].values() for c in response.get("content", {}).values()),
        ]:
            assert content["examples"], operation["operationId"]
            for example in content["examples"].values():
                validator(document, content["schema"]).validate(example["value"])


def test_every_operation_is_complete(document: Json) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for operation_id, operation in operations(document).items():
        assert operation["summary"], operation_id
        assert set(operation["tags"]) <= tags
        is_open = operation["tags"] == ["exploitation"]
        # Who signs in has no token yet; who has a session has the only right there is.
        is_acces = operation["tags"] == ["acces"]
        if is_acces:
            assert ("security" in operation) is (operation_id not in OPEN_STEPS), operation_id
        else:
            assert ("security" in operation) is not is_open, operation_id
        expected = {"500", "503"} | ({"401"} if "security" in operation else set()) | (set() if is_acces else {"403"})
        assert is_open or expected <= set(operation["responses"])
        for status, response in operation["responses"].items():
            assert response["description"]
            if int(status) >= 400 and not is_open:
                assert list(response["content"]) == [MEDIA_TYPE]
    verbs = {operation_id.split("_")[0] for operation_id in operations(document)}
    acces = {"begin", "confirm", "choose", "estimate", "change", "open", "end", "prove", "renew", "redeem", "remove"}
    assert verbs == {"record", "list", "read", "replay", "check", "follow"} | acces


def test_problems_fit_what_is_documented_of_them(fed: Served, document: Json) -> None:
    source = fed.as_(Role.SOURCE)
    asked = [
        ("record_message", fed.as_(None).post("/v1/messages")),
        ("record_message", fed.post(b"{")),
        ("record_message", fed.post(decompte(rang=0))),
        ("record_message", fed.post({**examples.DECOMPTE_RO, "rang": 3})),
        ("record_flux", source.post("/v1/flux", content=b"", headers={"Content-Type": "text/csv"})),
        ("record_flux", source.post("/v1/flux?dry_run=x")),
        ("list_quarantaine", fed.get("/v1/quarantaine", role=Role.SOURCE, params={"curseur": "x"})),
        ("read_quarantaine", fed.get("/v1/quarantaine/x", role=Role.SOURCE)),
        ("replay_quarantaine", source.post("/v1/quarantaine/x/rejeu")),
        ("read_accueil", fed.get("/v1/adherents/INCONNU/accueil")),
        ("read_releve", fed.get(f"{MEMBER}/releves/2001")),
        ("read_reste_a_charge", fed.get(f"{MEMBER}/reste-a-charge?annee=x")),
        ("read_decompte", fed.get(f"{MEMBER}/decomptes/smi/X")),
        ("read_comparatif", fed.get(f"{MEMBER}/comparatif", role=Role.ASSIA)),
        ("choose_notifications", fed.as_(Role.PORTAIL).put(f"{MEMBER}/notifications", content=b"{")),
        ("follow_evenements", fed.get(f"{MEMBER}/evenements", headers={"Last-Event-ID": "x"})),
    ]
    assert {answer.status_code for _, answer in asked} == {400, 401, 403, 404, 409, 415, 422}
    for operation, answer in asked:
        schema = schema_of(document, operation, answer.status_code)
        validator(document, schema, is_closed=True).validate(answer.json())


def test_the_feed_is_documented_as_the_intake_reads_it(fed: Served, document: Json) -> None:
    [content] = operations(document)["record_message"]["requestBody"]["content"].values()
    documented = validator(document, content["schema"])
    right = examples.DECOMPTE_RO
    wrong = [
        right | {"rang": 0},
        right | {"reference": "R-1\n"},
        right | {"numero_adherent": "abc"},
        right | {"inconnu": 1},
        right | {"total": 1.5},
        right | {"virement": None},
        {name: value for name, value in right.items() if name != "payeur"},
    ]
    assert documented.is_valid(right)
    for message in wrong:
        assert not documented.is_valid(message)
        assert fed.post(message, params={"dry_run": "true"}).json()["code"] == "message_invalide"


def test_the_document_is_revalidated(fed: Served) -> None:
    first = fed.as_(None).get("/openapi.json")
    assert msgspec.json.decode(first.content)["openapi"].startswith("3.1")
    again = fed.as_(None).get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_at_the_root_is_french_and_loads_nothing_from_elsewhere(fed: Served) -> None:
    page = fed.as_(None).get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<html lang="fr">' in page.text
    assert "http" not in page.text.replace("https", "http").replace("<!DOCTYPE html>", "")
    for link in ("/openapi.json", "/v1/sante/pret", "/metrics"):
        assert f'href="{link}"' in page.text
        assert fed.as_(None).get(link).status_code == 200
