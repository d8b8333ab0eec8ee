"""Who may do what: no or bad token 401, wrong role 403, another member's data 404."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from infra.auth.roles import Role
from tests.support.ledger import decompte
from tests.support.serving import Served, code_of

READS = ("accueil", "releves/2026", "reste-a-charge", "comparatif", "decomptes/cpam-751/R-1")
WRITES = ("/v1/messages", "/v1/flux")
QUARANTINE = "/v1/quarantaine/00000000-0000-4000-8000-000000000001"


def bearing(served: Served, authorization: str | None) -> Callable[[str], httpx.Response]:
    """Ask with this Authorization header."""
    headers = {b"Authorization": authorization.encode()} if authorization is not None else {}
    return lambda path: served.as_(None).get(path, headers=headers)


@pytest.mark.parametrize("read", READS)
def test_without_a_token_nothing_is_read(served: Served, read: str) -> None:
    answer = served.as_(None).get(f"/v1/adherents/00412345/{read}")
    assert code_of(answer) == (401, "jeton_absent")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", [*WRITES, f"{QUARANTINE}/rejeu"])
def test_without_a_token_nothing_is_written(served: Served, path: str) -> None:
    assert code_of(served.as_(None).post(path, content=b"{}")) == (401, "jeton_absent")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic abc", "dcp_x"])
def test_what_is_no_bearer_token_counts_as_none(served: Served, authorization: str) -> None:
    assert code_of(bearing(served, authorization)("/v1/quarantaine")) == (401, "jeton_absent")


@pytest.mark.parametrize("token", ["dcp_inconnu", "x" * 4000, "é"])
def test_an_unknown_token_is_refused(served: Served, token: str) -> None:
    answer = bearing(served, f"Bearer {token}")("/v1/quarantaine")
    assert code_of(answer) == (401, "jeton_invalide")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_revoked_token_no_longer_opens_at_once(served: Served) -> None:
    ask = bearing(served, f"Bearer {served.token(Role.EXPLOITANT)}")
    assert ask("/v1/quarantaine").status_code == 200
    newest: UUID = served.services.tokens.listing()[-1]["id"]
    assert served.services.tokens.revoke(newest)
    assert code_of(ask("/v1/quarantaine")) == (401, "jeton_invalide")


def test_an_expired_token_no_longer_opens(served: Served) -> None:
    ask = bearing(served, f"Bearer {served.token(Role.EXPLOITANT)}")
    assert ask("/v1/quarantaine").status_code == 200
    newest = served.services.tokens.listing()[-1]["id"]
    with served.services.datastore.transaction(commit=True) as cursor:
        cursor.execute(
            "UPDATE jeton SET expire_at = %s WHERE id = %s", (datetime.now(UTC) - timedelta(seconds=1), newest)
        )
    assert code_of(ask("/v1/quarantaine")) == (401, "jeton_invalide")


@pytest.mark.parametrize("role", [Role.SOURCE, Role.ASSIA, Role.EXPLOITANT])
@pytest.mark.parametrize("read", READS)
def test_only_readers_read_members(served: Served, role: Role, read: str) -> None:
    assert code_of(served.get(f"/v1/adherents/00412345/{read}", role=role)) == (403, "role_interdit")


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SOURCE])
@pytest.mark.parametrize("path", WRITES)
def test_only_sources_write(served: Served, role: Role, path: str) -> None:
    subject = "00412345" if role is Role.ADHERENT else None
    assert code_of(served.as_(role, subject).post(path, content=b"{}")) == (403, "role_interdit")


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.SOURCE, Role.EXPLOITANT)])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/quarantaine"), ("GET", QUARANTINE), ("POST", f"{QUARANTINE}/rejeu")]
)
def test_the_quarantine_is_for_sources_and_the_exploitant(served: Served, role: Role, method: str, path: str) -> None:
    subject = "00412345" if role is Role.ADHERENT else None
    assert code_of(served.as_(role, subject).request(method, path)) == (403, "role_interdit")


@pytest.mark.parametrize("read", READS)
def test_a_member_reads_her_own_data_only(served: Served, numero: str, read: str) -> None:
    reference = f"R-{numero}"
    position = served.record(decompte(reference, numero_adherent=numero))
    path = f"/v1/adherents/{numero}/{read.replace('R-1', reference)}"
    own = served.get(path, role=Role.ADHERENT, subject=numero, after=position)
    assert own.status_code == 200
    other = served.get(path, role=Role.ADHERENT, subject=f"{numero}X")
    unknown = served.get(f"/v1/adherents/{numero}Y/{read}", role=Role.ADHERENT, subject=f"{numero}X")
    assert code_of(other) == code_of(unknown) == (404, "adherent_inconnu")
    # To her, another member's number and one that does not exist look alike.
    assert {**other.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


def test_the_token_is_looked_at_before_the_parameters(served: Served) -> None:
    path = "/v1/adherents/00412345/reste-a-charge?annee=abc"
    assert code_of(served.as_(None).get(path)) == (401, "jeton_absent")
    assert code_of(served.get(path, role=Role.ASSIA)) == (403, "role_interdit")
    assert code_of(served.get(path, role=Role.ADHERENT, subject="X")) == (404, "adherent_inconnu")
    assert code_of(served.get(path)) == (422, "requete_invalide")


def test_health_and_metrics_need_no_token(served: Served) -> None:
    for path in ("/v1/sante/vivant", "/v1/sante/pret", "/metrics", "/openapi.json", "/"):
        assert served.as_(None).get(path).status_code == 200
