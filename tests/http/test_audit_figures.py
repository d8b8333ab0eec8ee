"""Why a figure, and what changed, over HTTP: for auditors, at a moment, with true examples."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.auth.roles import Role
from infra.http import answers_figures, examples
from tests.http.test_openapi import operations, schema_of, validator
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, decoded, serving

MEMBER = f"/v1/audit/adherents/{examples.NUMERO}"
SOIN = f"{MEMBER}/soins/F889123-1"
AT = "2026-03-18T08:15:30.123456Z"


@pytest.fixture(scope="module")
def fed(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server that was fed the messages of the documentation."""
    url = databases_18.create()
    with serving(url) as running:
        position = running.record(*examples.MESSAGES.values())
        running.get(f"/v1/adherents/{examples.NUMERO}/accueil", after=position)
        yield running
    databases_18.drop(url)


def asked(served: Served, path: str, **params: str) -> Any:
    return served.get(path, role=Role.AUDITEUR, params=params)


@pytest.mark.parametrize(
    ("operation", "path", "params", "example"),
    [
        ("read_soin_explique", SOIN, {}, answers_figures.SOIN_EXPLIQUE),
        ("read_differences", f"{MEMBER}/differences", {"de": "1", "a": "4"}, answers_figures.DIFFERENCES),
    ],
)
def test_the_examples_are_what_is_answered(
    fed: Served, operation: str, path: str, params: dict[str, str], example: Any
) -> None:
    document = decoded(fed.as_(None).get("/openapi.json"))
    assert operation in operations(document)
    answer = asked(fed, path, **params)
    validator(document, schema_of(document, operation, 200), is_closed=True).validate(answer.json())
    answer._content = re.sub(rb'"enregistre_at":"[^"]*"', f'"enregistre_at":"{AT}"'.encode(), answer.content)
    assert decoded(answer) == example


def test_a_soin_is_explained_as_known_then(fed: Served) -> None:
    then = decoded(asked(fed, SOIN, au="1"))
    assert (then["split"]["smi"], then["etat"], len(then["etapes"])) == (0, "provisoire", 1)
    assert decoded(asked(fed, SOIN))["split"]["smi"] == 900


def test_what_cannot_be_explained_is_said(fed: Served) -> None:
    assert code_of(asked(fed, f"{MEMBER}/soins/AUTRE")) == (404, "soin_absent")
    assert code_of(asked(fed, "/v1/audit/adherents/X/soins/AUTRE")) == (404, "adherent_inconnu")
    assert code_of(asked(fed, f"{MEMBER}/differences", de="3", a="1")) == (422, "requete_invalide")
    assert code_of(asked(fed, f"{MEMBER}/differences", de="hier")) == (422, "au_invalide")
    assert code_of(asked(fed, f"{MEMBER}/differences")) == (422, "requete_invalide")


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.ASSIA, Role.EXPLOITANT])
def test_it_is_for_auditors(fed: Served, role: Role) -> None:
    for path in (SOIN, f"{MEMBER}/differences?de=1"):
        assert code_of(fed.get(path, role=role)) == (403, "role_interdit")


def test_the_look_is_written_by_what_was_looked_at(fed: Served) -> None:
    asked(fed, SOIN)
    services = fed.services
    sujet = services.members.find(examples.NUMERO)
    assert sujet is not None
    assert "soins/{soin}" in {line.action for line in services.journal_acces.listing(sujet, limit=50)}
