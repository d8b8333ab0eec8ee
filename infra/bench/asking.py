"""Asking a served ledger: a server with its projection worker, a token, one kept-alive connection."""

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from infra.auth.roles import Role
from infra.bench.children import Address, server
from infra.bench.sizes import TODAY
from infra.bench.stand import Stand

ANSWER_SECONDS_MAX = 60.0
ACCEPT_ENCODING = "br, gzip"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole; `body` as it came over the wire."""

    status: int
    etag: str
    position: int
    body: bytes
    encoding: str


class Portail:
    """A client that may read every member."""

    def __init__(self, address: Address, token: str) -> None:
        self.address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_SECONDS_MAX)

    def get(self, path: str, *, accept_encoding: str = ACCEPT_ENCODING) -> Answer:
        """Ask and read the answer to its end."""
        self._connection.request("GET", path, headers={**self._headers, "Accept-Encoding": accept_encoding})
        answer = self._connection.getresponse()
        return Answer(
            status=answer.status,
            etag=answer.getheader("ETag", ""),
            position=int(answer.getheader("Ledger-Position", "0")),
            body=answer.read(),
            encoding=answer.getheader("Content-Encoding", "identity"),
        )

    def latency_ms(self, path: str) -> float:
        """How long one read takes. The answer must be a success."""
        begun = time.perf_counter()
        answer = self.get(path)
        seconds = time.perf_counter() - begun
        assert answer.status == 200, (answer.status, answer.body)
        return seconds * 1000

    def raw_request(self, path: str) -> bytes:
        """The bytes of the same request, for a client that does not make them anew each time."""
        headers = {"Host": f"{self.address.host}:{self.address.port}", **self._headers}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, f"Accept-Encoding: {ACCEPT_ENCODING}", "", ""]).encode("ascii")

    def close(self) -> None:
        """Leave."""
        self._connection.close()


@contextmanager
def portail(stand: Stand, url: str) -> Iterator[Portail]:
    """Serve this ledger in a process of its own, and ask it."""
    with stand.services(url) as services:
        token = services.tokens.create(Role.PORTAIL)
    with server(stand.environment(url), "api") as address:
        client = Portail(address, token)
        try:
            yield client
        finally:
            client.close()


def releve_path(numero: str) -> str:
    """Where the statement of the bench's year is."""
    return f"/v1/adherents/{numero}/releves/{TODAY.year}"
