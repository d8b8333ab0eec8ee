"""A direct answer on the wire: requests one behind the other, connections that end, clients that are slow to read."""

import socket
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from urllib.parse import urlsplit

import pytest

from infra.auth.roles import Role
from tests.support.direct import get_directly, record_two_years
from tests.support.serving import Served


@pytest.fixture
def path(served: Served, numero: str) -> str:
    """A statement that is served directly."""
    found = f"{record_two_years(served, numero)}/releves/2026"
    get_directly(served, found)
    return found


def request(served: Served, path: str, *lines: str, version: str = "1.1") -> bytes:
    token = served.as_(Role.PORTAIL).headers["Authorization"]
    head = [f"GET {urlsplit(path).path} HTTP/{version}", "Host: essai", f"Authorization: {token}", *lines, "", ""]
    return "\r\n".join(head).encode()


def connected(served: Served) -> socket.socket:
    address = urlsplit(served.url)
    return socket.create_connection((address.hostname, address.port), timeout=30)


def all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_that_come_together_are_answered_in_order(served: Served, path: str) -> None:
    other = path.replace("2026", "2025")
    with connected(served) as connection:
        connection.sendall(request(served, path) + request(served, other) + request(served, path, "Connection: close"))
        answers = all_of(connection).split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [b'"annee":2026' in answer for answer in answers] == [True, False, True]
    assert b'"annee":2025' in answers[1]
    assert [b"\r\nconnection: close\r\n" in answer for answer in answers] == [False, False, True]
    assert all(answer.startswith(b"date: ") for answer in answers)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_connection_that_is_not_to_be_kept_ends_with_the_answer(served: Served, path: str, version: str) -> None:
    lines = ["Connection: close"] if version == "1.1" else []
    with connected(served) as connection:
        connection.sendall(request(served, path, *lines, version=version))
        head, _, body = all_of(connection).partition(b"\r\n\r\n")
    assert b"connection: close" in head.split(b"\r\n")
    assert f"content-length: {len(body)}".encode() in head.split(b"\r\n")


def test_a_client_that_is_slow_to_read_gets_everything(served: Served, path: str) -> None:
    """More than buffers hold: the server waits for it, and loses nothing."""
    address, times = urlsplit(served.url), 4_000
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.settimeout(60)
        connection.connect((address.hostname, address.port))
        connection.sendall(request(served, path))
        expected = len(connection.recv(65_536)) * times
        with ThreadPoolExecutor(1) as threads:
            sent = threads.submit(connection.sendall, request(served, path) * times)
            sleep(1)
            received = 0
            while received < expected:
                received += len(connection.recv(1_000_000)) or expected + 1
            sent.result()
    assert received == expected
