"""Serving as a process: ready, busy port, signals, and a database left in order."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from infra.auth.roles import Role
from infra.http import bodies
from infra.http.server import CannotServe, check_port
from tests.support.command import ROOT, environment
from tests.support.ledger import decompte, encode, services_on, take
from tests.support.serving import Served, code_of, serving

STOP_SECONDS_MAX = 30

PROGRAM = """
import sys
from infra.bootstrap import open_services
from infra.http.server import serve
from infra.settings import read_settings

with open_services(read_settings()) as services:
    serve(services, port=0, on_ready=lambda url: print(url, flush=True))
print("closed in order", flush=True)
"""


@contextmanager
def process(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A serving process, and where it answers."""
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment(url, DECOMPTE_LOG_LEVEL="warning"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        yield running, running.stdout.readline().strip()
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_order(database_url: str, number: signal.Signals) -> None:
    with process(database_url) as (running, url):
        assert httpx.get(f"{url}/v1/sante/pret", trust_env=False).status_code == 200
        running.send_signal(number)
        out, err = running.communicate(timeout=STOP_SECONDS_MAX)
        assert running.returncode == 0
        assert out == "closed in order\n"
        assert err == ""
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/v1/sante/vivant", trust_env=False)


def test_a_request_under_way_is_finished_before_it_stops(database_url: str) -> None:
    with services_on(database_url) as services:
        token = services.tokens.create(Role.SOURCE)
    with process(database_url) as (running, url):

        def slowly() -> Iterator[bytes]:
            yield encode(decompte("R-1")) + b"\n"
            running.send_signal(signal.SIGTERM)
            time.sleep(1)
            yield encode(decompte("R-2")) + b"\n"

        answer = httpx.post(
            f"{url}/v1/flux",
            content=slowly(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
            timeout=STOP_SECONDS_MAX,
            trust_env=False,
        )
        assert answer.json()["enregistres"] == 2
        assert running.wait(STOP_SECONDS_MAX) == 0


def test_a_port_that_is_taken_is_said_in_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Le port {port} de 127.0.0.1 est déjà pris"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_said_too() -> None:
    with pytest.raises(CannotServe, match="Impossible d'écouter sur"):
        check_port("192.0.2.1", 8123)


def test_the_quarantine_is_purged_when_it_starts(database_url: str) -> None:
    with services_on(database_url) as services:
        for raw in (b"{old", b"{new"):
            take(services, raw)
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "UPDATE quarantaine SET dernier_recu_at = clock_timestamp() - interval '31 days'"
                " WHERE id = (SELECT id FROM quarantaine ORDER BY recu_at LIMIT 1)"
            )
    with serving(database_url, quarantaine_jours=30) as served:
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while len(served.services.quarantine.page(limit=10).elements) == 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [element.message for element in served.services.quarantine.page(limit=10).elements] == [b"{new"]


def test_a_body_that_stops_coming_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENCE_SECONDS_MAX", 0.3)

    def stalling() -> Iterator[bytes]:
        yield b"{"
        time.sleep(1)
        yield b"}"

    answer = served.as_(Role.SOURCE).post("/v1/messages", content=stalling())
    assert code_of(answer) == (408, "delai_depasse")


def test_the_other_commands_do_not_load_the_web_framework() -> None:
    program = "import sys, infra.http.server; sys.exit('fastapi' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert done.returncode == 0
