"""The pages keep up with the code: what is named exists, what exists is named, and the examples are true."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
import typer
from fastapi.routing import APIRoute
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from commands.intake.parse import parse
from commands.intake.schema import MESSAGE_BY_TYPE
from infra import metrics
from infra.auth.roles import Role
from infra.cli.main import app
from infra.embedded.errors import EmbeddedError
from infra.http.app import ROUTERS
from infra.http.problems import KINDS, status_of_refusal
from infra.settings import Settings
from ledger import errors
from ledger.registry import REGISTRY
from ledger.repartition import Anomalie
from tests.docs.pages import PAGES, ROOT, anchors_of, json_blocks, links_of, paths_of, rows_of, text_of

REFUSALS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.Refusal) and "code" in vars(kind)
]


def ids(pages: Iterable[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert [path for path in paths_of(page) if not (ROOT / path).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page)]
    assert [page for page in ids(PAGES) if ROOT / page not in seen] == []


def test_every_refusal_is_explained_with_its_status() -> None:
    said = {row[0]: row[1] for row in rows_of("docs/errors.md") if len(row) == 4}
    for kind in REFUSALS:
        refusal = kind([]) if kind in (errors.MessageInvalide, errors.DecompteEnConflit) else kind()
        assert said.get(f"`{kind.code}`") == str(status_of_refusal(refusal)), kind.code


def test_every_refusal_is_explained_to_those_who_send_feeds() -> None:
    said = {row[0] for row in rows_of("docs/feed.md")}
    assert {kind.code for kind in REFUSALS if f"`{kind.code}`" not in said} == set()


def test_every_http_problem_is_explained_with_its_status() -> None:
    said = {row[0]: row[1] for row in rows_of("docs/errors.md") if len(row) == 4}
    assert {code for code, kind in KINDS.items() if said.get(f"`{code}`") != str(kind.status)} == set()


def test_every_error_of_the_embedded_database_is_explained() -> None:
    codes = {EmbeddedError.code, *(kind.code for kind in EmbeddedError.__subclasses__())}
    assert codes - {row[0].strip("`") for row in rows_of("docs/errors.md")} == set()


def test_no_page_explains_a_code_that_does_not_exist() -> None:
    codes = {kind.code for kind in REFUSALS} | set(KINDS)
    codes |= {EmbeddedError.code, *(kind.code for kind in EmbeddedError.__subclasses__())}
    said = {row[0].strip("`") for row in rows_of("docs/errors.md") if row[0].startswith("`")}
    assert said - codes == set()


def test_every_anomaly_is_explained() -> None:
    said = {row[0].strip("`") for row in rows_of("docs/rules.md") if row[0].startswith("`")}
    assert said == {anomalie.value for anomalie in Anomalie}


def test_every_event_is_described() -> None:
    said = {row[0].strip("`") for row in rows_of("docs/events.md") if row[0].startswith("`")}
    assert set(REGISTRY.by_topic) - said == set()


def test_the_examples_of_events_are_in_their_present_form() -> None:
    """Each is the faits or the personal part of one kind of event at least; the first one is the whole state."""
    parts = [
        field.type
        for event in REGISTRY.by_topic.values()
        for field in msgspec.structs.fields(event)
        if field.name in ("faits", "personnel")
    ]
    envelope, *examples = json_blocks("docs/events.md")
    assert "scelle" in envelope
    assert len(examples) >= len(REGISTRY.by_topic)
    for example in examples:
        value = json.loads(example)
        assert any(is_wholly(value, part) for part in parts), example


def is_wholly(value: object, part: object) -> bool:
    """Whether nothing of the value is lost when it is read as this part."""
    try:
        read = msgspec.convert(value, part)
    except msgspec.ValidationError:
        return False
    return read is not None and json.loads(msgspec.json.encode(read)) == value


def test_the_examples_of_the_feed_are_taken_and_show_every_type() -> None:
    messages = [parse(example.encode()) for example in json_blocks("docs/feed.md")]
    assert {type(message) for message in messages} == set(MESSAGE_BY_TYPE.values())


def test_every_field_of_the_feed_has_its_rule() -> None:
    said = set(re.findall(r"`(\w+)`", text_of("docs/feed.md")))
    for kind in MESSAGE_BY_TYPE.values():
        assert set(kind.__struct_fields__) - said == set()


def test_every_setting_is_explained() -> None:
    said = {row[0].strip("`") for row in rows_of("docs/operating.md") if row[0].startswith("`DECOMPTE_")}
    assert said == {f"DECOMPTE_{name.upper()}" for name in Settings.model_fields}


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = {f"DECOMPTE_{name.upper()}" for name in Settings.model_fields} | {"DECOMPTE_TEST_POSTGRES_15"}
    for page in PAGES:
        named = set(re.findall(r"DECOMPTE_[A-Z0-9_]+[A-Z0-9]", page.read_text(encoding="utf-8")))
        assert named - known == set(), page


def test_every_command_is_in_the_readme() -> None:
    said = {row[0].strip("`").split()[0] for row in rows_of("README.md")}
    assert set(typer.main.get_group(app).commands) - said == set()


def test_every_route_is_described() -> None:
    page = text_of("docs/http.md")
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    described = [route for route in routes if route.include_in_schema]
    requests = [f"{m} {re.sub(':[a-z]+}', '}', route.path)}" for route in described for m in route.methods or ()]
    assert requests
    assert [request for request in requests if request not in page] == []


def test_every_role_is_described() -> None:
    said = {row[0].strip("`") for row in rows_of("docs/http.md")}
    assert {role.value for role in Role} - said == set()


def test_every_measure_is_described() -> None:
    page = text_of("docs/operating.md")
    for measure in vars(metrics).values():
        if isinstance(measure, MetricWrapperBase):
            [family] = measure.describe()
            assert family.name + ("_total" if isinstance(measure, Counter) else "") in page


def test_every_decision_is_listed() -> None:
    decisions = {page.name for page in (ROOT / "docs/decisions").glob("0*.md")}
    assert decisions == {link for link in links_of(ROOT / "docs/decisions/README.md") if link.startswith("0")}
