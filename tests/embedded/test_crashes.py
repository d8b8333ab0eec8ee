"""Whatever is killed, nothing is left behind, what was committed stays, and the next command works."""

import os
import shutil
import signal
from functools import partial
from pathlib import Path

from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import (
    ClientProcess,
    kill_all,
    nobody_runs,
    postmaster_of,
    processes_of,
    record_of,
    supervisor_of,
    wait_until,
)
from tests.embedded.sessions import commit_a_row, endless_query, rows

SOON_SECONDS = 10.0


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
        assert wait_until(partial(is_replaced, used_folder, postmaster), seconds=SOON_SECONDS)  # told once it serves
        assert supervisor_of(used_folder) == supervisor
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


def test_a_session_that_crashes_just_before_the_last_client_leaves_does_not_keep_the_server(used_folder: Path) -> None:
    """PostgreSQL 18 never finishes a fast shutdown that falls into the recovery after such a crash."""
    with EmbeddedServer.attach(used_folder) as server, endless_query(server.url) as backend:
        os.kill(backend, signal.SIGKILL)
    assert processes_of(used_folder) == set()


def test_a_folder_removed_under_its_server_takes_the_server_with_it(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder):
        assert processes_of(used_folder)
        shutil.rmtree(used_folder)
    assert nobody_runs(used_folder)
