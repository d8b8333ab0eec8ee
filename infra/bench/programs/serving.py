"""A server in its own process: `python -m infra.bench.programs.serving api|api-seule|bonjour`.

It writes its address when it answers, and stops when its standard input ends. `bonjour` is a plain ASGI application
behind the same uvicorn, with the same settings: the floor of what any answer costs.
"""

import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from infra.bootstrap import collect_seldom, open_services
from infra.http.protocol import BoundedHttpProtocol
from infra.http.server import BACKLOG, KEEP_ALIVE_SECONDS, HttpServer
from infra.settings import read_settings

HOST = "127.0.0.1"
BODY = b"Bonjour."


def main(kind: str) -> None:
    """Serve until told to stop."""
    if kind == "bonjour":
        serve_hello()
        return
    collect_seldom()
    with open_services(read_settings()) as services:
        server = HttpServer(services, host=HOST, port=0, with_worker=kind == "api")
        _on_end_of_input(server.stop)
        server.run(lambda url: print(url, flush=True))


def serve_hello() -> None:
    """The floor."""
    bound = socket.create_server((HOST, 0), backlog=BACKLOG)
    config = uvicorn.Config(
        hello,
        http=BoundedHttpProtocol,
        loop="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    _on_end_of_input(stop)
    print(f"http://{HOST}:{bound.getsockname()[1]}", flush=True)
    server.run(sockets=[bound])


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    """The least that an ASGI application can answer."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def _on_end_of_input(stop: Callable[[], None]) -> None:
    def wait() -> None:
        sys.stdin.read()
        stop()

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
