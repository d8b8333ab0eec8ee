"""Commands that run at the same time share one server, and the last one out stops it."""

import os
import random
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from infra.embedded.postmaster import LOOPBACK
from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import (
    ClientProcess,
    nobody_runs,
    postmaster_of,
    processes_of,
    record_of,
    supervisor_of,
)


def answer(url: str, statement: str = "SELECT 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]


def test_the_first_attach_creates_the_base_and_the_last_close_leaves_no_process(folder: Path) -> None:
    announced: list[str] = []
    with EmbeddedServer.attach(folder, announce=announced.append) as server:
        assert answer(server.url) == 1
        assert {supervisor_of(folder), postmaster_of(folder)} <= processes_of(folder)
    assert processes_of(folder) == set()
    assert announced == ["Création de la base…"]


def test_what_was_written_is_there_at_the_same_address_the_next_time(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS amount")
        connection.commit()
    announced: list[str] = []
    with EmbeddedServer.attach(used_folder, announce=announced.append) as again:
        assert again.url == server.url
        assert answer(again.url, "SELECT amount FROM kept") == 42
    assert announced == []


def test_a_port_taken_meanwhile_gives_way_to_another(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder):
        port = record_of(used_folder).port
    with socket.create_server((LOOPBACK, port)), EmbeddedServer.attach(used_folder) as server:
        assert record_of(used_folder).port != port
        assert answer(server.url) == 1


def test_the_first_client_leaves_and_the_second_still_works(used_folder: Path) -> None:
    first = EmbeddedServer.attach(used_folder)
    with ClientProcess(used_folder) as second:
        url = second.attached()
        assert url == first.url
        postmaster = postmaster_of(used_folder)
        first.close()
        assert answer(url) == 1
        assert postmaster_of(used_folder) == postmaster
        assert second.leave() == 0
        assert processes_of(used_folder) == set()


def test_closing_twice_is_closing_once(used_folder: Path) -> None:
    first, second = EmbeddedServer.attach(used_folder), EmbeddedServer.attach(used_folder)
    first.close()
    first.close()
    assert answer(second.url) == 1
    second.close()
    assert processes_of(used_folder) == set()


def test_eight_processes_at_once_on_a_fresh_folder_share_one_server(folder: Path) -> None:
    clients = [ClientProcess(folder) for _ in range(8)]
    try:
        urls = {client.attached() for client in clients}
        assert len(urls) == 1
        url = urls.pop()
        assert answer(url, "SELECT count(*) FROM pg_database WHERE datname = 'decompte'") == 1
        postmasters = {process for process in processes_of(folder) if is_postmaster(process)}
        assert postmasters == {postmaster_of(folder)}
        with ThreadPoolExecutor(len(clients)) as pool:
            assert list(pool.map(ClientProcess.leave, clients)) == [0] * len(clients)
        assert nobody_runs(folder)
    finally:
        for client in clients:
            client.__exit__()


def is_postmaster(process: int) -> bool:
    # A process that ended since it was listed (a background worker, an initdb) is no postmaster.
    try:
        arguments = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return arguments[0].endswith(b"/postgres") and b"-D" in arguments


def test_coming_and_going_at_random_never_meets_a_server_that_stops(used_folder: Path) -> None:
    def come_and_go(seed: int) -> int:
        chance = random.Random(seed)
        for _ in range(12):
            with EmbeddedServer.attach(used_folder) as server:
                assert answer(server.url) == 1
                time.sleep(chance.uniform(0, 0.05))
            time.sleep(chance.uniform(0, 0.1))
        return seed

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(come_and_go, range(4))) == [0, 1, 2, 3]
    assert processes_of(used_folder) == set()


def test_ctrl_c_in_the_terminal_of_a_client_does_not_reach_the_server(used_folder: Path) -> None:
    with EmbeddedServer.attach(used_folder):
        assert os.getsid(supervisor_of(used_folder)) != os.getsid(0)
        assert os.getpgid(postmaster_of(used_folder)) != os.getpgid(0)


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_a_machine_that_shuts_down_stops_the_server_in_good_order(used_folder: Path, signal_name: str) -> None:
    with EmbeddedServer.attach(used_folder):
        os.kill(supervisor_of(used_folder), signal.Signals[signal_name])
        assert nobody_runs(used_folder)
    assert "database system is shut down" in (used_folder / "postgres.log").read_text()
