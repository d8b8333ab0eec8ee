"""What cannot work says so, in French, with what to do."""

import os
from pathlib import Path

import psycopg
import pytest

from infra.embedded import errors
from infra.embedded.binaries import locate_binaries, major_of
from infra.embedded.folder import LOG_BYTES_MAX, DataFolder
from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import ClientProcess, processes_of
from tests.support.postgres import POSTGRES_15_ABSENT, postgres_15_bin


@pytest.fixture
def bin_dir_15() -> Path:
    bin_dir = postgres_15_bin()
    if bin_dir is None:
        pytest.skip(POSTGRES_15_ABSENT)
    return bin_dir


def test_postgres_15_of_the_machine_serves_as_well_and_18_refuses_its_base(folder: Path, bin_dir_15: Path) -> None:
    with EmbeddedServer.attach(folder, bin_dir=bin_dir_15) as server, psycopg.connect(server.url) as connection:
        assert connection.info.server_version // 10000 == 15
        row = connection.execute("SHOW data_checksums").fetchone()
        assert row == ("on",)
    assert processes_of(folder) == set()
    with pytest.raises(errors.ClusterOfAnotherVersion, match=r"PostgreSQL 15.*PostgreSQL 18.*pg_dump"):
        EmbeddedServer.attach(folder)
    assert processes_of(folder) == set()


def test_another_version_is_told_before_anything_is_touched(used_folder: Path) -> None:
    version = used_folder / "postgres" / "PG_VERSION"
    version.write_text("13\n")
    with pytest.raises(errors.ClusterOfAnotherVersion, match="PostgreSQL 13"):
        EmbeddedServer.attach(used_folder)
    assert processes_of(used_folder) == set()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(used_folder: Path) -> None:
    with (used_folder / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(errors.ServerNotStarted, match="no_such_setting"):
        EmbeddedServer.attach(used_folder)
    assert processes_of(used_folder) == set()


def test_a_folder_with_something_else_in_place_of_the_base_is_not_touched(folder: Path) -> None:
    foreign = folder / "postgres" / "holiday.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    with pytest.raises(errors.FolderRefused, match="n'est pas une base"):
        EmbeddedServer.attach(folder)
    assert foreign.read_text() == "mine"


def test_a_base_behind_a_symbolic_link_is_not_touched(used_folder: Path, tmp_path: Path) -> None:
    elsewhere = (used_folder / "postgres").rename(tmp_path / "elsewhere")
    (used_folder / "postgres").symlink_to(elsewhere)
    owner = elsewhere.stat().st_uid
    with pytest.raises(errors.FolderRefused, match="lien symbolique"):
        EmbeddedServer.attach(used_folder)
    assert elsewhere.stat().st_uid == owner == os.geteuid()


def test_a_file_is_no_folder(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(errors.FolderRefused, match="n'est pas utilisable"):
        EmbeddedServer.attach(folder)


def test_a_folder_without_programs_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.BinariesMissing, match=r"postgres, initdb, pg_ctl"):
        EmbeddedServer.attach(folder, bin_dir=tmp_path)


def test_programs_that_are_too_old_or_do_not_run_are_named(folder: Path, tmp_path: Path) -> None:
    bin_dir = tmp_path / "old"
    bin_dir.mkdir(mode=0o755)
    for name in ("postgres", "initdb", "pg_ctl"):
        program = bin_dir / name
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24'\n")
        program.chmod(0o755)
    with pytest.raises(errors.BinariesMissing, match=r"PostgreSQL 15 ou plus récent .* 9\.6\.24"):
        EmbeddedServer.attach(folder, bin_dir=bin_dir)
    (bin_dir / "postgres").write_text("#!/no/such/interpreter\n")
    with pytest.raises(errors.EmbeddedError):
        EmbeddedServer.attach(folder, bin_dir=bin_dir)


@pytest.mark.parametrize(("text", "major"), [("18.6", 18), ("15", 15), ("19beta1", 19), ("", 0)])
def test_the_major_version_is_the_first_number(text: str, major: int) -> None:
    assert major_of(text) == major


def test_the_version_of_the_wheel_is_read_from_the_program() -> None:
    binaries = locate_binaries(None)
    assert (binaries.major, binaries.version.partition(".")[0]) == (18, "18")


def test_an_error_keeps_its_class_on_the_way_from_the_supervisor() -> None:
    for cls in errors.EmbeddedError.__subclasses__():
        assert type(errors.error_from_code(cls.code, "why")) is cls
    assert str(errors.error_from_code("unknown", "why")) == "why"


def test_the_log_stays_bounded_and_keeps_its_end(used_folder: Path) -> None:
    log = used_folder / "postgres.log"
    log.write_bytes(b"old line\n" * (LOG_BYTES_MAX // 9 + 1000) + b"last words\n")
    EmbeddedServer.attach(used_folder).close()
    older = used_folder / "postgres.log.1"
    assert older.stat().st_size == LOG_BYTES_MAX
    assert older.read_bytes().endswith(b"last words\n")
    assert log.stat().st_size < LOG_BYTES_MAX
    assert "ready to accept connections" in DataFolder(used_folder).log_tail()


def test_a_failed_creation_is_begun_again(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    with ClientProcess(folder) as client:
        client.attached()
        assert client.leave() == 0
    assert not (folder / "postgres.new").exists()
