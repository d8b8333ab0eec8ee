"""Bearer tokens: kept by their hash, ended by time or by hand."""

import psycopg
import pytest

from infra.auth.roles import Role
from infra.auth.tokens import SQL, BadToken, bearer_of, token_empreinte
from infra.bootstrap import Services


def find(services: Services, token: str):  # type: ignore[no-untyped-def]
    with services.datastore.get_connection() as connection:
        row = connection.execute(SQL["find"], {"empreinte": token_empreinte(token)}).fetchone()
    return bearer_of(row) if row else None


def test_a_token_is_found_by_its_secret_and_only_by_it(services: Services) -> None:
    token = services.tokens.create(Role.SOURCE, subject="smi, cpam-751")
    found = find(services, token)
    assert found.role is Role.SOURCE
    assert found.emetteurs == {"smi", "cpam-751"}
    assert find(services, token + "x") is None


def test_neither_the_token_nor_the_number_is_stored(services: Services) -> None:
    token = services.tokens.create(Role.ADHERENT, subject="00412345")
    with psycopg.connect(services.url) as connection:
        row = connection.execute("SELECT j::text FROM jeton j").fetchone()
    assert row is not None
    assert token not in row[0]
    assert "00412345" not in row[0]
    assert find(services, token).numero_empreinte == services.keyring.numero_empreinte("00412345")


def test_an_expired_token_is_no_token(services: Services) -> None:
    token = services.tokens.create(Role.AUDITEUR, days=1)
    with psycopg.connect(services.url) as connection:
        connection.execute("UPDATE jeton SET expire_at = now() - interval '1 second'")
    assert find(services, token) is None


def test_a_revoked_token_is_no_token(services: Services) -> None:
    token = services.tokens.create(Role.PORTAIL)
    identifier = find(services, token).id
    assert services.tokens.revoke(identifier)
    assert find(services, token) is None
    assert not services.tokens.revoke(identifier), "once is enough"


@pytest.mark.parametrize(
    ("role", "subject", "days"),
    [(Role.ADHERENT, None, 30), (Role.PORTAIL, "00412345", 30), (Role.AUDITEUR, None, 0), (Role.AUDITEUR, None, 9999)],
)
def test_a_token_that_makes_no_sense_is_refused(services: Services, role: Role, subject: str | None, days: int) -> None:
    with pytest.raises(BadToken):
        services.tokens.create(role, subject=subject, days=days)
