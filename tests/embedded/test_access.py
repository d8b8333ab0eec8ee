"""Who may sign in, to what, and what the log tells."""

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import processes_of

SECRET = "1 85 05 78 006 084 36"  # looks like what must never be in a log


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the tests that only ask."""
    with EmbeddedServer.attach(tmp_path_factory.mktemp("shared")) as server:
        yield server.url


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])


def test_the_password_is_in_a_file_of_its_own_that_only_its_owner_reads(folder: Path) -> None:
    with EmbeddedServer.attach(folder) as server:
        password = folder / "postgres-password"
        assert password.read_text().strip() in server.url
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"user": "postgres"}, {"user": "nobody"}])
def test_nobody_signs_in_without_the_right_name_and_password(url: str, change: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no pg_hba\.conf entry"):
        psycopg.connect(make_conninfo(url, **change))


def test_the_password_is_never_sent_in_clear(url: str) -> None:
    with closing(psycopg.connect(url, require_auth="scram-sha-256")) as connection:
        assert connection.info.status.name == "OK"
    with pytest.raises(psycopg.OperationalError, match="SASL"):
        psycopg.connect(url, require_auth="password")


def test_a_lost_password_is_renewed_and_the_base_is_kept(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS amount")
    (used_folder / "postgres-password").unlink()
    announced: list[str] = []
    with EmbeddedServer.attach(used_folder, announce=announced.append) as again:
        assert again.url != server.url
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT amount FROM kept").fetchone() == (42,)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(server.url)
    assert announced == ["Mot de passe de la base absent : il est renouvelé…"]
    assert stat.S_IMODE((used_folder / "postgres-password").stat().st_mode) == 0o600


def test_the_role_reads_no_file_of_the_machine_and_starts_no_program(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        for statement in ("SELECT pg_read_file('/etc/passwd')", "COPY (SELECT 1) TO PROGRAM 'cat'"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("lc_messages", "C"),
        ("jit", "off"),
        ("io_method", "sync"),
        ("shared_buffers", "128MB"),
        ("max_connections", "100"),
        ("log_statement", "none"),
        ("log_parameter_max_length", "0"),
    ],
)
def test_a_setting_that_safety_or_speed_needs(url: str, name: str, value: str) -> None:
    assert setting(url, name) == value


def test_text_sorts_by_code_point_and_accents_have_capitals(url: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT upper('relevé'), 'z' < 'é', 'Z' < 'a'").fetchone() == ("RELEVÉ", True, True)


def test_the_operator_tunes_the_server_but_cannot_undo_what_protects_the_data(used_folder: Path) -> None:
    with (used_folder / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("work_mem = 11MB\nfsync = off\nlisten_addresses = '*'\n")
    with EmbeddedServer.attach(used_folder) as server:
        assert setting(server.url, "work_mem") == "11MB"
        assert setting(server.url, "fsync") == "on"
        assert setting(server.url, "listen_addresses") == "127.0.0.1"


def test_the_log_holds_no_value_of_a_statement_that_fails(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (number text PRIMARY KEY CHECK (number <> ''))")
        connection.execute("INSERT INTO people VALUES (%s)", [SECRET])
        with pytest.raises(errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES (%s)", [SECRET])
        with pytest.raises(errors.SyntaxError):
            connection.execute(f"INSERT INTO people VALUEZ ('{SECRET}')".encode())
    log = (used_folder / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert SECRET not in log
    assert (used_folder / "postgres-password").read_text().strip() not in log
    assert processes_of(used_folder) == set()
