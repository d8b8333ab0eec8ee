"""Every error is a problem with a stable code, in French, and says nothing of the inside."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from infra.auth.roles import Role
from infra.http import protocol
from infra.http.problems import KINDS, TITLE_OF_REFUSAL
from ledger import errors
from tests.support.ledger import decompte, encode
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, serving

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def alone(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server whose database the test may harm; one member is known."""
    url = databases_18.create()
    with serving(url) as running:
        running.get("/v1/adherents/X/accueil", after=running.record(decompte()))
        yield running
    databases_18.drop(url)


@pytest.mark.parametrize(
    "path", ["/nulle-part", "/v1", "/v1/messages/", "/docs", "/redoc", "/v1/adherents//accueil", "/%00"]
)
def test_an_unknown_address(served: Served, path: str) -> None:
    answer = served.as_(None).get(path)
    assert code_of(answer) == (404, "ressource_inconnue")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/messages", "POST"),
        ("HEAD", "/v1/messages", "POST"),
        ("DELETE", "/v1/flux", "POST"),
        ("POST", "/v1/quarantaine", "GET, HEAD"),
        ("PUT", "/v1/adherents/1/accueil", "GET, HEAD"),
        ("PATCH", "/v1/adherents/1/releves/2026", "GET, HEAD"),
        ("OPTIONS", "/v1/sante/vivant", "GET, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_have(served: Served, method: str, path: str, allowed: str) -> None:
    answer = served.as_(None).request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    if method != "HEAD":
        assert code_of(answer) == (405, "methode_interdite")


def test_a_problem_has_the_members_of_rfc_9457_and_the_trace(served: Served) -> None:
    answer = served.as_(None).get("/nulle-part")
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "trace_id"}
    assert body["type"] == "urn:problem-type:decompte:ressource_inconnue"
    assert body["status"] == answer.status_code
    assert body["trace_id"] == answer.headers["X-Trace-Id"]


@pytest.mark.parametrize(
    "path", ["/", "/openapi.json", "/v1/sante/vivant", "/metrics", "/nulle-part", "/v1/quarantaine"]
)
def test_every_answer_carries_the_headers_that_protect(served: Served, path: str) -> None:
    answer = served.as_(None).get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more", True),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", False),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", False),
        ("4bf92f3577b34da6a3ce929d0e0e4736", False),
        ("", False),
    ],
)
def test_the_trace_of_the_caller_is_taken_up_when_it_is_one(served: Served, given: str, is_taken: bool) -> None:
    trace = served.as_(None).get("/v1/sante/vivant", headers={"traceparent": given}).headers["X-Trace-Id"]
    assert (trace == "4bf92f3577b34da6a3ce929d0e0e4736") is is_taken
    assert len(trace) == 32


def test_a_failure_that_nobody_foresaw_says_nothing_of_the_inside(alone: Served) -> None:
    with psycopg.connect(alone.services.url) as connection:
        connection.execute("DROP TABLE read_decompte")
    answer = alone.get("/v1/adherents/00412345/accueil")
    assert code_of(answer) == (500, "erreur_interne")
    for inside in ("read_decompte", "psycopg", "Traceback", "SELECT", "00412345"):
        assert inside not in answer.text
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]


def test_an_altered_journal_takes_nothing_more(alone: Served) -> None:
    with psycopg.connect(alone.services.url) as connection:
        connection.execute("UPDATE journal_head SET position = position + 1")
    assert code_of(alone.post(decompte("R-2"))) == (503, "journal_altere")
    headers = {"Content-Type": "application/x-ndjson"}
    feed = alone.as_(Role.SOURCE).post("/v1/flux", content=encode(decompte("R-2")), headers=headers)
    assert code_of(feed) == (503, "journal_altere")
    # What was recorded before is still read.
    assert alone.get("/v1/adherents/00412345/accueil").status_code == 200


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE cle_adherent SET cree_at = cree_at + interval '1 second'",
        "UPDATE read_decompte SET scelle = set_byte(scelle, 20, 255 - get_byte(scelle, 20))",
    ],
)
def test_altered_data_are_not_shown(alone: Served, harm: str) -> None:
    with psycopg.connect(alone.services.url) as connection:
        connection.execute(harm)
    assert code_of(alone.get("/v1/adherents/00412345/accueil")) == (503, "donnees_alterees")


def test_connections_that_broke_are_replaced_without_an_error(alone: Served) -> None:
    for _ in range(3):
        with psycopg.connect(alone.services.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert alone.get("/v1/adherents/00412345/accueil").status_code == 200


def test_without_its_database_it_says_so_and_when_to_come_back(databases_18: DatabaseFactory) -> None:
    url = databases_18.create()
    with serving(url, with_worker=False) as running:
        client = running.as_(Role.PORTAIL)
        databases_18.drop(url)
        started = time.monotonic()
        answer = client.get("/v1/adherents/00412345/accueil")
        assert code_of(answer) == (503, "base_indisponible")
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - started < 15


def test_every_code_has_its_words(served: Served) -> None:
    refusals = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.Refusal)]
    assert {c.code for c in refusals if hasattr(c, "code")} == set(TITLE_OF_REFUSAL)
    assert not set(KINDS) & set(TITLE_OF_REFUSAL)
    for kind in KINDS.values():
        assert kind.title
        assert kind.detail.endswith(".")


def raw(served: Served, *parts: bytes) -> bytes:
    """What the server answers to these bytes, until it closes."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        "GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_too(served: Served, request_line: bytes) -> None:
    received = raw(served, request_line)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in received
    assert b'"code":"requete_illisible"' in received


def test_endless_headers_are_cut_short(served: Served) -> None:
    def endless() -> Iterator[bytes]:
        yield b"GET /v1/sante/vivant HTTP/1.1\r\nHost: x\r\nX-Long: "
        for _ in range(40):
            yield b"a" * 8192

    address = urlsplit(served.url)
    sent = 0
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        received = b""
        try:
            for part in endless():
                connection.sendall(part)
                sent += len(part)
                time.sleep(0.01)
            received = connection.recv(65536)
        except ConnectionError:
            pass
    assert received == b"" or received.startswith(b"HTTP/1.1 400 ")
    assert sent < 40 * 8192


def test_headers_of_an_ordinary_length_pass(served: Served) -> None:
    answer = served.as_(None).get("/v1/sante/vivant", headers={"X-Long": "a" * 30_000})
    assert answer.status_code == 200


def test_a_client_that_never_ends_its_headers_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS_MAX", 0.3)
    started = time.monotonic()
    assert raw(served, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""
    assert raw(served) == b""
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("at_once", [True, False])
def test_so_is_one_that_never_ends_those_of_its_next_request(
    served: Served, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS_MAX", 0.3)
    one, begun = b"GET /v1/sante/vivant HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost"
    address = urlsplit(served.url)
    started = time.monotonic()
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(one + begun if at_once else one)
        received = connection.recv(65536)
        if not at_once:
            connection.sendall(begun)
        while more := connection.recv(65536):
            received += more
    assert received.count(b"HTTP/1.1 200 OK") == 1
    assert time.monotonic() - started < 5


def test_requests_that_follow_each_other_on_one_connection_are_answered_in_turn(served: Served) -> None:
    one = b"GET /v1/sante/vivant HTTP/1.1\r\nHost: x\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert raw(served, one + one + last).count(b"HTTP/1.1 200 OK") == 3
