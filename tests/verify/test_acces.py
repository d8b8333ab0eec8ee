"""The access log is proven: whatever is changed, removed or added shows, and what expires in its time does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from infra.auth.journal_acces import JournalAcces, Question, Regard
from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.preuve.acces import NAME, may_be_gone
from infra.verify.verify import verify
from tests.support.effacement import BASE, NUMERO, PROVENANCE, drop, fill
from tests.support.intruder import set_guards_aside
from tests.support.ledger import decompte, take_one
from tests.verify.test_tampering import OTHER_VALUE, columns, faults

LOOKS = 7


@pytest.fixture
def looked(services: Services) -> Services:
    """Looks of a house and of a portal, some of months ago, sealed."""
    take_one(services, decompte())
    services.projection_worker().catch_up()
    now = datetime.now(UTC)
    for days in (400, 300, 200):
        then = JournalAcces(
            services.datastore, services.keyring, services.members, clock=lambda d=days: now - timedelta(days=d)
        )
        then.write(regard(services), motif="contrôle")
    services.journal_acces.write_all([(regard(services, acteur=f"compte:{n}"), None) for n in range(3)])
    services.journal_acces.write(Regard("jeton:1", Role.AUDITEUR, b"", "acces"))
    assert services.sealer().catch_up()[NAME] == LOOKS
    assert faults(services) == []
    return services


def regard(services: Services, *, acteur: str = "compte:1") -> Regard:
    return Regard(acteur, Role.AUDITEUR, services.keyring.numero_empreinte("00412345"), "releves/2026")


def intrude(services: Services, *statements: str) -> None:
    """As who owns the database: without its triggers."""
    set_guards_aside(services.url, tables=TABLES)
    with psycopg.connect(services.url) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


TABLES = ("acces_journal", "acces_feuille", "acces_tete")


@pytest.mark.parametrize("table", TABLES)
def test_an_update_of_any_column_shows(looked: Services, table: str) -> None:
    set_guards_aside(looked.url, tables=TABLES)
    where = "true" if table == "acces_tete" else "rang = 5"
    with psycopg.connect(looked.url) as connection:
        connection.execute(f"CREATE TABLE copie AS SELECT * FROM {table}")  # type: ignore[call-overload]
    unseen = []
    for column, kind in columns(looked.url, table):
        if column in ("id", "is_tete"):
            continue  # `id` means nothing; its own CHECK refuses any other value of `is_tete`
        other = OTHER_VALUE["bigint" if kind == "integer" else kind].format(c=f'"{column}"')
        intrude(looked, f"UPDATE {table} SET {column} = {other} WHERE {where}")
        if not any("acces" in fault for fault in faults(looked)):
            unseen.append(column)
        intrude(looked, f"DELETE FROM {table}", f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM copie")
    assert unseen == []
    assert faults(looked) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM acces_journal WHERE rang = 5", "acces_journal rang 5 : un regard de moins de six mois manque"),
        ("DELETE FROM acces_feuille WHERE rang = 2", "acces_feuille rang 2 : le haché d'un regard manque"),
        (
            "INSERT INTO acces_journal (at, acteur, role, action, nombre, rang, sel)"
            " VALUES (now(), 'x', 'auditeur', 'y', 1, 99, 'z')",
            "acces_journal rang 99 : regard en trop",
        ),
    ],
)
def test_a_look_too_few_or_too_many_shows(looked: Services, statement: str, said: str) -> None:
    intrude(looked, statement)
    assert any(fault.startswith(said) for fault in faults(looked))


def test_a_look_rewritten_with_its_hash_shows_in_the_sealed_log(looked: Services) -> None:
    """Who owns the database makes hashes as the program does; what was sealed of them he cannot change."""
    intrude(
        looked,
        "UPDATE acces_journal SET acteur = 'compte:9' WHERE rang = 4",
        "UPDATE acces_feuille f SET hachage = acces_hachage(j.sel, j.at, j.acteur, j.role, j.sujet, j.action,"
        " j.motif_scelle, j.nombre) FROM acces_journal j WHERE j.rang = f.rang AND f.rang = 4",
    )
    found = faults(looked)
    assert any("acces" in fault and "position 4" in fault for fault in found), found


def test_the_last_looks_cut_off_show(looked: Services) -> None:
    intrude(
        looked,
        "DELETE FROM acces_journal WHERE rang > 5",
        "DELETE FROM acces_feuille WHERE rang > 5",
        "UPDATE acces_tete SET rang = 5",
    )
    assert any("acces" in fault for fault in faults(looked))


def test_what_expires_in_its_time_is_no_fault_and_its_hash_stays(looked: Services) -> None:
    assert looked.journal_acces.purge(days=184) == 3
    assert faults(looked) == []
    assert looked.sealer().catch_up()[NAME] == LOOKS
    with psycopg.connect(looked.url) as connection:
        assert connection.execute("SELECT count(*) FROM acces_feuille").fetchone() == (LOOKS,)
        assert connection.execute("SELECT count(*) FROM acces_journal").fetchone() == (LOOKS - 3,)


def test_six_months_are_six_months() -> None:
    today = datetime(2026, 8, 31, tzinfo=UTC).date()
    assert may_be_gone(datetime(2026, 2, 28, tzinfo=UTC).date(), today)
    assert not may_be_gone(datetime(2026, 3, 2, tzinfo=UTC).date(), today)
    assert may_be_gone(datetime(2025, 8, 15, tzinfo=UTC).date(), datetime(2026, 2, 15, tzinfo=UTC).date())


def test_many_who_write_at_once_leave_no_gap(looked: Services) -> None:

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: looked.journal_acces.write(regard(looked, acteur=f"jeton:{n}")), range(24)))
    assert looked.sealer().catch_up()[NAME] == LOOKS + 24
    assert faults(looked) == []


def test_the_reason_is_lost_with_her_and_the_proof_is_not(services: Services) -> None:
    fill(services)
    drop(services)
    sujet = services.members.find(NUMERO)
    [before] = services.journal_acces.page(Question(sujet=sujet), avant=None, limit=10)
    assert (before.motif, before.is_motif_lost) == ("appel de Zéphyrine", False)
    services.sealer().catch_up()
    services.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    [after] = services.journal_acces.page(Question(sujet=sujet), avant=None, limit=10)
    assert (after.motif, after.is_motif_lost, after.acteur) == (None, True, before.acteur)
    assert verify(services).faults == []
