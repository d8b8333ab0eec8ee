"""The API, really served: uvicorn on a free port, its projection worker, and clients with a token of each role."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import msgspec

from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.http.server import HttpServer
from tests.support.ledger import encode, services_on

# The client logs the addresses that it calls; what the tests read is the server's log.
logging.getLogger("httpx").setLevel(logging.WARNING)

TODAY = date(2026, 7, 1)
READY_SECONDS_MAX = 30
ANSWER_SECONDS_MAX = 60


@dataclass(kw_only=True)
class Served:
    """A running server, with what a test needs to talk to it."""

    services: Services
    url: str
    _clients: dict[tuple[Role | None, str | None], httpx.Client] = field(default_factory=dict)

    def token(self, role: Role, subject: str | None = None) -> str:
        """A new token."""
        return self.services.tokens.create(role, subject=subject)

    def as_(self, role: Role | None, subject: str | None = None) -> httpx.Client:
        """A client of that role; None is one without a token. Kept for the next time."""
        if (role, subject) not in self._clients:
            headers = {"Authorization": f"Bearer {self.token(role, subject)}"} if role is not None else {}
            # Not the environment's proxies nor certificates: the server is here, in clear.
            self._clients[role, subject] = httpx.Client(
                base_url=self.url, headers=headers, timeout=ANSWER_SECONDS_MAX, trust_env=False, verify=False
            )
        return self._clients[role, subject]

    def post(self, message: dict[str, Any] | bytes, *, subject: str | None = None, **options: Any) -> httpx.Response:
        """Post one message as a source."""
        content = message if isinstance(message, bytes) else encode(message)
        return self.as_(Role.SOURCE, subject).post("/v1/messages", content=content, **options)

    def record(self, *messages: dict[str, Any]) -> int:
        """Record messages through the API; returns the position to wait for."""
        content = b"\n".join(map(encode, messages))
        headers = {"Content-Type": "application/x-ndjson"}
        answer = self.as_(Role.SOURCE).post("/v1/flux", content=content, headers=headers)
        body = answer.json()
        assert (answer.status_code, body["en_quarantaine"]) == (200, 0), body
        position: int = body["position"]
        return position

    def get(
        self, path: str, *, role: Role = Role.PORTAIL, subject: str | None = None, after: int = 0, **options: Any
    ) -> httpx.Response:
        """Read as a role, once what was recorded up to `after` has been projected."""
        params = {"attendre_position": after, **options.pop("params", {})} if after else options.pop("params", None)
        return self.as_(role, subject).get(path, params=params, **options)

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            client.close()


def decoded(answer: httpx.Response) -> Any:
    """The body of a success, as JSON values."""
    assert answer.is_success, answer.text
    return msgspec.json.decode(answer.content)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


@contextmanager
def serving(url: str, *, with_worker: bool = True, **settings: Any) -> Iterator[Served]:
    """Serve this database; `today` is TODAY and the log says only what goes wrong, unless set otherwise."""
    with services_on(url, **{"now": TODAY, "log_level": "warning", **settings}) as services:
        server = HttpServer(services, host="127.0.0.1", port=0, with_worker=with_worker)
        ready = threading.Event()
        thread = threading.Thread(target=server.run, args=(lambda _: ready.set(),))
        thread.start()
        served = Served(services=services, url=server.url)
        try:
            assert ready.wait(READY_SECONDS_MAX)
            yield served
        finally:
            served.close()
            server.stop()
            thread.join()
