"""Whatever is killed, nothing is left behind, what was committed stays, and the next command works."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from infra.embedded.errors import ServerNotStarted
from infra.embedded.folder import DataFolder
from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import (
    ROOT,
    ClientProcess,
    kill_all,
    nobody_runs,
    postmaster_of,
    processes_of,
    record_of,
    supervisor_of,
    wait_until,
)

SOON_SECONDS = 10.0


def commit_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (amount bigint)")
        connection.execute("INSERT INTO kept VALUES (42)")


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def endless_query(url: str) -> Iterator[int]:
    """A session that computes and never looks up; gives the process number of its backend."""
    with closing(psycopg.connect(url)) as connection:
        backend = connection.info.backend_pid
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000) AS n")
        yield backend


def test_a_killed_client_leaves_no_server(used_folder: Path) -> None:
    with ClientProcess(used_folder) as client:
        commit_a_row(client.attached())
        client.kill()
    assert nobody_runs(used_folder, seconds=SOON_SECONDS)
    with EmbeddedServer.attach(used_folder) as server:
        assert rows(server.url) == 1


def test_a_client_killed_while_the_base_is_created_leaves_no_process_and_no_damage(folder: Path) -> None:
    with ClientProcess(folder) as client:
        assert client.next_line() == ("announce", "Création de la base…")
        client.kill()
    with EmbeddedServer.attach(folder) as server:  # comes in the middle: waits for that start, or for its end
        commit_a_row(server.url)
        assert rows(server.url) == 1
    assert processes_of(folder) == set()


def test_a_supervisor_killed_while_the_base_is_created_leaves_no_process_and_no_damage(folder: Path) -> None:
    with ClientProcess(folder) as client:
        assert client.next_line() == ("announce", "Création de la base…")
        for process in processes_of(folder) - {client.process.pid}:
            if b"infra.embedded.supervisor" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)
        kind, text = client.next_line()
        assert kind == "error"
        assert "postgres_non_demarre" in text
    assert nobody_runs(folder, seconds=SOON_SECONDS)
    with EmbeddedServer.attach(folder) as server:
        commit_a_row(server.url)
    assert not (folder / "postgres.new").exists()


def test_a_killed_supervisor_takes_postgres_with_it_and_the_next_attach_finds_the_rows(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as first:
        commit_a_row(first.url)
        supervisor, postmaster = supervisor_of(used_folder), postmaster_of(used_folder)
        with endless_query(first.url):
            os.kill(supervisor, signal.SIGKILL)
            assert nobody_runs(used_folder, seconds=SOON_SECONDS)
        with EmbeddedServer.attach(used_folder) as second:
            assert rows(second.url) == 1
            assert second.url == first.url
            assert supervisor_of(used_folder) != supervisor
            assert postmaster_of(used_folder) != postmaster
    assert processes_of(used_folder) == set()


def test_a_killed_postgres_is_started_again_at_the_same_address(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as first:
        commit_a_row(first.url)
        supervisor, postmaster = supervisor_of(used_folder), postmaster_of(used_folder)
        os.kill(postmaster, signal.SIGKILL)
        with EmbeddedServer.attach(used_folder) as second:
            assert rows(second.url) == 1
            assert second.url == first.url
        assert supervisor_of(used_folder) == supervisor
        assert postmaster_of(used_folder) != postmaster
        assert rows(first.url) == 1
    assert processes_of(used_folder) == set()


def test_a_busy_backend_does_not_outlive_a_killed_postgres(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server:
        commit_a_row(server.url)
        with endless_query(server.url) as backend:
            os.kill(postmaster_of(used_folder), signal.SIGKILL)
            assert wait_until(lambda: backend not in processes_of(used_folder), seconds=SOON_SECONDS)
        with EmbeddedServer.attach(used_folder) as again:
            assert rows(again.url) == 1


def test_a_postgres_killed_again_and_again_is_given_up_and_the_next_attach_starts_anew(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server:
        commit_a_row(server.url)
        supervisor = supervisor_of(used_folder)
        kills = 0
        while (postmaster := record_of(used_folder).postmaster) is not None and kills < 10:
            os.kill(postmaster, signal.SIGKILL)
            kills += 1
            assert wait_until(partial(is_replaced, used_folder, postmaster), seconds=SOON_SECONDS)
        assert nobody_runs(used_folder)
        assert kills < 10
        with EmbeddedServer.attach(used_folder) as again:
            assert supervisor_of(used_folder) != supervisor
            assert rows(again.url) == 1


def is_replaced(folder: Path, postmaster: int) -> bool:
    return record_of(folder).postmaster != postmaster


def test_everything_killed_at_once_recovers(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as first:
        commit_a_row(first.url)
        with endless_query(first.url):
            kill_all(used_folder)
            assert nobody_runs(used_folder, seconds=SOON_SECONDS)
        with EmbeddedServer.attach(used_folder) as second:
            assert rows(second.url) == 1


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


def test_a_session_that_crashes_just_before_the_last_client_leaves_does_not_keep_the_server(used_folder: Path) -> None:
    """PostgreSQL 18 never finishes a fast shutdown that falls into the recovery after such a crash."""
    with EmbeddedServer.attach(used_folder) as server, endless_query(server.url) as backend:
        os.kill(backend, signal.SIGKILL)
    assert processes_of(used_folder) == set()


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


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"port": "x"}', b"\xff\xfe"])
def test_a_broken_record_is_as_good_as_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "server.json").write_bytes(content)
    assert DataFolder.prepare(folder).living_record() is None
    assert DataFolder.prepare(folder).last_record() is None
