"""The access log: written before the house is answered, counted for others, append-only, kept six months at least."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from infra.auth import journal_acces
from infra.auth.journal_acces import JournalAcces, Regard
from infra.auth.roles import Role
from infra.bootstrap import Services
from tests.support.ledger import decompte, take_one

NUMERO = "00412345"
MOTIF = "réclamation de Mme Lovelace"


def regard(services: Services, *, acteur: str = "compte:1", role: Role = Role.AUDITEUR) -> Regard:
    return Regard(acteur, role, services.keyring.numero_empreinte(NUMERO), "releves/2026")


def test_a_look_is_written_with_its_reason_sealed(services: Services, database_url: str) -> None:
    take_one(services, decompte())
    services.journal_acces.write(regard(services), motif=MOTIF)
    sujet = services.members.find(NUMERO)
    assert sujet is not None
    [line] = services.journal_acces.listing(sujet, limit=10)
    assert (line.acteur, line.role, line.action, line.motif, line.nombre) == (
        "compte:1", "auditeur", "releves/2026", MOTIF, 1,
    )  # fmt: skip
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT t::text FROM acces_journal t").fetchone()
    assert row is not None
    assert "Lovelace" not in row[0]
    assert NUMERO not in row[0]


def test_equal_looks_are_counted_and_written_together(services: Services) -> None:
    take_one(services, decompte())
    journal = services.journal_acces
    for _ in range(3):
        assert journal.note(regard(services, role=Role.PORTAIL))
    journal.note(regard(services, acteur="jeton:2", role=Role.PORTAIL))
    sujet = services.members.find(NUMERO)
    assert sujet is not None
    assert journal.listing(sujet, limit=10) == []
    assert journal.flush() == 2
    assert journal.flush() == 0
    assert sorted(line.nombre for line in journal.listing(sujet, limit=10)) == [1, 3]


def test_a_look_at_nobody_is_written_too(services: Services) -> None:
    services.journal_acces.write(regard(services))
    with services.datastore.get_connection() as connection:
        assert [r["sujet"] for r in connection.execute("SELECT sujet FROM acces_journal").fetchall()] == [None]


def test_what_cannot_be_written_is_kept_for_the_next_time(services: Services, database_url: str) -> None:
    journal = services.journal_acces
    journal.note(regard(services))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE acces_journal RENAME TO ailleurs")
        with pytest.raises(Exception, match="acces_journal"):
            journal.flush()
        connection.execute("ALTER TABLE ailleurs RENAME TO acces_journal")
    journal.note(regard(services))
    assert journal.flush() == 1
    with services.datastore.get_connection() as connection:
        assert [r["nombre"] for r in connection.execute("SELECT nombre FROM acces_journal").fetchall()] == [2]


def test_memory_is_bounded(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_acces, "WAITING_MAX", 2)
    looks = [regard(services, acteur=f"jeton:{n}") for n in range(3)]
    assert [services.journal_acces.note(look) for look in looks] == [True, True, False]
    assert services.journal_acces.note(looks[0])


@pytest.mark.parametrize(
    "statement", ["UPDATE acces_journal SET role = 'portail'", "DELETE FROM acces_journal", "TRUNCATE acces_journal"]
)
def test_the_log_is_append_only(services: Services, database_url: str, statement: str) -> None:
    services.journal_acces.write(regard(services))
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)  # type: ignore[arg-type]


def test_old_looks_are_forgotten_and_never_those_of_the_last_six_months(services: Services) -> None:
    now = datetime.now(UTC)
    for days in (400, 200, 100):
        then = JournalAcces(
            services.datastore, services.keyring, services.members, clock=lambda d=days: now - timedelta(days=d)
        )
        then.write(regard(services))
    assert services.journal_acces.purge(days=365) == 1
    assert services.journal_acces.purge(days=1) == 1, "six months are kept whatever is asked"
