"""Another master key: no event is touched, the former opens nothing more, and a kill at any point loses nothing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infra.bootstrap import Services, open_services
from infra.cli.rotation import rotate_key
from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.journal.racine import WrongMasterKey, open_keyring, rotate
from infra.journal.wrapping import MasterKeyChanged
from infra.postgres.migrate import migrate
from infra.secrets_file import FILE, NEXT_FILE
from infra.settings import Settings
from infra.verify.verify import verify
from tests.journal.rotating import POINTS
from tests.support.command import ROOT, SECONDS_MAX, environment
from tests.support.effacement import BASE, NUMERO, PROVENANCE, drop, fill
from tests.support.ledger import MASTER_KEY, adherent, portfolio, services_on, take

NEW_KEY = b"une autre cle maitre, 32 octets."


@pytest.fixture
def filled(services: Services) -> Services:
    take(services, *portfolio(60), adherent())
    fill(services)
    services.projection_worker().catch_up()
    return services


def journal(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()


def reopened(url: str, key: bytes = NEW_KEY) -> Settings:
    return Settings(database_url=url, master_key=key)


def test_every_key_is_under_the_new_one_and_no_event_is_touched(filled: Services) -> None:
    drop(filled)
    filled.effacements.erase(NUMERO, base=BASE, provenance=PROVENANCE)
    before = journal(filled.url)
    assert rotate(filled.url, old=MASTER_KEY, new=NEW_KEY) == 9, "seven and two; the one destroyed stays so"
    assert journal(filled.url) == before
    with pytest.raises(WrongMasterKey), open_services(reopened(filled.url, MASTER_KEY)):
        pass
    with open_services(reopened(filled.url)) as fresh:
        assert verify(fresh).faults == []
        fiche = fresh.acces._outils.registre.read("00412345")
        assert fiche is not None
        assert fiche.registration.nom == "Lovelace"
        [repeated] = take(fresh, adherent())
        assert repeated.statut.value == "deja_enregistre", "content hashes go on"
        assert len(list(fresh.quarantine.page(limit=10))) == 1, "and what the root seals opens"
    assert rotate(filled.url, old=MASTER_KEY, new=NEW_KEY) == 0, "twice is as once"


def test_the_former_key_of_a_new_database_opens_neither_members_nor_root(filled: Services) -> None:
    rotate(filled.url, old=MASTER_KEY, new=NEW_KEY)
    former = Keyring(MASTER_KEY)
    assert former.numero_empreinte("1") != open_keyring(filled.url, NEW_KEY).numero_empreinte("1")
    with pytest.raises(WrongMasterKey):
        rotate(filled.url, old=MASTER_KEY, new=b"une troisieme cle de 32 octets..")


def test_a_database_of_the_first_releases_opens_and_rotates_without_a_step(database_url: str) -> None:
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        statement = "INSERT INTO reglage (nom, valeur) VALUES ('controle_cle_maitre', %s)"
        connection.execute(statement, (Keyring(MASTER_KEY).check_value,))  # as they began one: no root
    with services_on(database_url) as old:
        take(old, *portfolio(20))
        old.projection_worker().catch_up()
        assert old.keyring.numero_empreinte("1") == Keyring(MASTER_KEY).numero_empreinte("1")
    rotate(database_url, old=MASTER_KEY, new=NEW_KEY)
    with open_services(reopened(database_url)) as fresh:
        assert fresh.keyring.numero_empreinte("1") == Keyring(MASTER_KEY).numero_empreinte("1")
        assert verify(fresh).faults == []


def test_a_process_with_the_former_key_says_so_and_begins_no_member(filled: Services) -> None:
    other = MemberKeys(filled.datastore, filled.keyring)
    known = filled.members.resolve(["00412345"], create=False)["00412345"]
    rotate(filled.url, old=MASTER_KEY, new=NEW_KEY)
    with pytest.raises(MasterKeyChanged, match="relancer"):
        other.key(known)
    with pytest.raises(MasterKeyChanged):
        filled.members.resolve(["NOUVELLE"], create=True)
    with open_services(reopened(filled.url)) as fresh:
        assert fresh.members.find("NOUVELLE") is None
        assert verify(fresh).faults == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a few members."""
    for name in ("DECOMPTE_DATABASE_URL", "DECOMPTE_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "data"
    with open_services(Settings(data=data)) as services:
        take(services, *portfolio(20))
        services.projection_worker().catch_up()
        yield data


def test_killed_at_any_point_the_ledger_opens_and_again_finishes(folder: Path) -> None:
    for point in POINTS:
        former = (folder / FILE).read_bytes()
        killed = subprocess.run(
            [sys.executable, "-m", "tests.journal.rotating", str(folder), point],
            env=environment(), cwd=ROOT, capture_output=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert (folder / NEXT_FILE).exists()
        with open_services(Settings(data=folder)) as services:
            assert verify(services).faults == []
        is_new = (folder / FILE).read_bytes() != former
        assert is_new == (point == "committed")
        rotate_key(nouvelle_cle=None, data=folder)
        assert (folder / FILE).read_bytes() != former
        assert not (folder / NEXT_FILE).exists()
        assert (folder / FILE).stat().st_mode & 0o777 == 0o600
        with open_services(Settings(data=folder)) as services:
            assert verify(services).faults == []
