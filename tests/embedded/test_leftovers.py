"""What an earlier run or another program left on a folder neither stops the next command nor is harmed by it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.embedded.errors import ServerNotStarted
from infra.embedded.folder import DataFolder
from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import (
    ROOT,
    ClientProcess,
    nobody_runs,
    postmaster_of,
    processes_of,
    record_of,
    supervisor_of,
    wait_until,
)
from tests.embedded.sessions import commit_a_row, endless_query, rows

SOON_SECONDS = 10.0


def test_a_server_that_outlived_its_supervisor_is_stopped_before_another_starts(used_folder: Path) -> None:
    """As where no kernel ties them: the supervisor is frozen, not dead, and its record is gone."""
    with EmbeddedServer.attach(used_folder) as first:
        commit_a_row(first.url)
        supervisor, postmaster = supervisor_of(used_folder), postmaster_of(used_folder)
        os.kill(supervisor, signal.SIGSTOP)
        (used_folder / "server.json").unlink()
        try:
            with ClientProcess(used_folder) as client:
                assert client.next_line() == ("announce", "Arrêt du serveur précédent…")
                assert wait_until(lambda: not alive(postmaster), seconds=SOON_SECONDS)
                os.kill(supervisor, signal.SIGKILL)
                assert rows(client.attached()) == 1
        finally:
            if alive(supervisor):
                os.kill(supervisor, signal.SIGKILL)
    assert nobody_runs(used_folder)


def alive(process: int) -> bool:
    """Whether a process runs; a zombie, whose parent is frozen, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_session_left_by_a_killed_server_is_ended_by_the_next_start(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as first:
        commit_a_row(first.url)
        with endless_query(first.url) as backend:
            os.kill(supervisor_of(used_folder), signal.SIGSTOP)  # so that neither tells the other
            os.kill(postmaster_of(used_folder), signal.SIGKILL)
            os.kill(supervisor_of(used_folder), signal.SIGKILL)
            assert wait_until(lambda: processes_of(used_folder) == {backend}, seconds=SOON_SECONDS)
            announced: list[str] = []
            with EmbeddedServer.attach(used_folder, announce=announced.append) as second:
                assert rows(second.url) == 1
                assert backend not in processes_of(used_folder)
            assert announced == [
                "Arrêt du serveur précédent…",
                "La base n'avait pas été arrêtée proprement : reprise en cours…",
            ]


def claim_that_a_living_process_serves(folder: Path, process: int) -> None:
    lock_file = folder / "postgres" / "postmaster.pid"
    lock_file.write_text(f"{process}\n{folder / 'postgres'}\n1\n5432\n\n127.0.0.1\n\nready\n")


def test_a_process_number_given_to_another_program_is_not_taken_for_a_server(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server:
        commit_a_row(server.url)
    owner = (used_folder / "postgres").stat().st_uid  # PostgreSQL only minds processes of its own user
    other = subprocess.Popen(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None)
    try:
        claim_that_a_living_process_serves(used_folder, other.pid)
        with EmbeddedServer.attach(used_folder) as again:
            assert rows(again.url) == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_process_number_given_to_the_server_of_another_folder_is_not_taken_for_ours(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server:
        commit_a_row(server.url)
    elsewhere = used_folder / "elsewhere"
    with EmbeddedServer.attach(elsewhere):
        claim_that_a_living_process_serves(used_folder, postmaster_of(elsewhere))
        with EmbeddedServer.attach(used_folder) as again:
            assert rows(again.url) == 1


def test_a_server_started_by_hand_on_the_cluster_is_left_alone_and_named(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server:
        commit_a_row(server.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.embedded.by_hand", used_folder, str(record_of(used_folder).port)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        lock_file = used_folder / "postgres" / "postmaster.pid"
        assert wait_until(lambda: lock_file.exists() and "ready" in lock_file.read_text())
        with pytest.raises(ServerNotStarted, match=r"postmaster\.pid"):
            EmbeddedServer.attach(used_folder)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(SOON_SECONDS) == 0


TOO_HIGH = b'{"supervisor": 1, "postmaster": 1, "port": 65536, "version": "18.6"}'


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"port": "x"}', TOO_HIGH, b"\xff\xfe"])
def test_a_broken_record_is_as_good_as_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "server.json").write_bytes(content)
    assert DataFolder.prepare(folder).living_record() is None
    assert DataFolder.prepare(folder).last_record() is None
