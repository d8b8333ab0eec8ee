"""Serving: the API, the workers and the purges, in one process, until told to stop.

The web framework is imported when serving begins: the other commands, which know this module, stay quick.
"""

import errno
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Protocol

import structlog

from infra import logging
from infra.bootstrap import Services

KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS_MAX = 15
"""How long requests under way may take once the server is told to stop."""

WORKER_STOP_SECONDS_MAX = 30
PURGE_EVERY_SECONDS = 3600
BACKLOG = 1024

log = structlog.get_logger(__name__)


class Worker(Protocol):
    """What runs in a thread of its own beside the API: projection, notifier, sender of mails."""

    def run(self) -> None:
        """Work until stopped."""

    def stop(self) -> None:
        """Ask it to stop soon."""


class CannotServe(Exception):
    """The address cannot be listened on; the message says what to do."""


def serve(
    services: Services,
    *,
    host: str = "127.0.0.1",
    port: int,
    with_worker: bool = True,
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM. `on_ready` is told the URL once it answers. Raises CannotServe."""
    HttpServer(services, host=host, port=port, with_worker=with_worker).run(on_ready)


def check_port(host: str, port: int) -> None:
    """Raise CannotServe when the port is taken, before a long preparation."""
    _listen(host, port).close()


class HttpServer:
    """One server. `run` blocks; `stop` may be called from another thread."""

    def __init__(self, services: Services, *, host: str, port: int, with_worker: bool) -> None:
        self._services = services
        self._host = host
        self._socket = _listen(host, port)
        self._workers: Mapping[str, Worker] = services.workers() if with_worker else {}
        self._is_stopping = threading.Event()
        self._server: Any = None

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        host = self._host if self._host not in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def run(self, on_ready: Callable[[str], None]) -> None:
        """Serve until stopped."""
        logging.configure(self._services.settings.log_level)
        self._server = self._prepare(on_ready)
        threads = [threading.Thread(target=self._purge, name="purge", daemon=True)]
        for name, worker in self._workers.items():
            threads.append(threading.Thread(target=worker.run, name=name, daemon=True))
        restore = self._take_signals()
        for thread in threads:
            thread.start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._announce_stop()
            for thread in threads:
                thread.join(WORKER_STOP_SECONDS_MAX)
            self._socket.close()
            restore()

    def stop(self) -> None:
        """Ask it to stop: what is under way is finished first."""
        self._is_stopping.set()
        if self._server is not None:
            self._server.should_exit = True

    def _prepare(self, on_ready: Callable[[str], None]) -> Any:
        import uvicorn

        from infra.http.app import create_app
        from infra.http.front import FrontedHttpProtocol
        from infra.http.hot import HotReads

        announce_stop, url = self._announce_stop, self.url
        app = create_app(self._services)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                on_ready(url)

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                announce_stop()
                app.state.context.live.stop()  # streams have no end of their own to wait for
                await super().shutdown(sockets)

        config = uvicorn.Config(
            HotReads(app),
            http=FrontedHttpProtocol,
            loop="auto",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,  # it would write paths, hence members' numbers; the frame logs routes
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
        )
        server = Server(config)
        server.should_exit = self._is_stopping.is_set()
        return server

    def _announce_stop(self) -> None:
        """The threads stop while the last requests end."""
        self._is_stopping.set()
        for worker in self._workers.values():
            worker.stop()

    def _take_signals(self) -> Callable[[], None]:
        """Both signals stop the server, and nothing else; returns what puts the former handlers back.

        uvicorn takes them while it runs, then raises them anew: with the default handlers that would end the
        process before the database is left in order.
        """
        if threading.current_thread() is not threading.main_thread():
            return lambda: None

        def stop(_signal: int, _frame: FrameType | None) -> None:
            self.stop()

        former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}

        def restore() -> None:
            for number, handler in former.items():
                signal.signal(number, handler)

        return restore

    def _purge(self) -> None:
        """Forget, every hour, the refused messages, looks, sessions and what mails said, once past their time."""
        settings = self._services.settings
        while True:
            try:
                forgotten = self._services.quarantine.purge(days=settings.quarantaine_jours)
                if forgotten:
                    log.info("quarantaine_purgee", messages=forgotten, jours=settings.quarantaine_jours)
                self._services.acces.purge()
                forgotten = self._services.journal_acces.purge(days=settings.journal_acces_jours)
                if forgotten:
                    log.info("journal_acces_purge", lignes=forgotten, jours=settings.journal_acces_jours)
                forgotten = self._services.outbox.purge(days=settings.courriels_jours)
                if forgotten:
                    log.info("courriels_oublies", courriels=forgotten, jours=settings.courriels_jours)
            except Exception as error:
                log.warning("purge_interrompue", exc_info=error)
            if self._is_stopping.wait(PURGE_EVERY_SECONDS):
                return


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises CannotServe."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(
                f"Le port {port} de {host} est déjà pris ; en choisir un autre (--port), ou arrêter ce qui l'occupe."
            ) from None
        if error.errno == errno.EACCES:
            raise CannotServe(f"Le port {port} est réservé ; en choisir un au-dessus de 1023 (--port).") from None
        raise CannotServe(f"Impossible d'écouter sur {host}:{port} : {error.strerror or error}.") from None
    return bound
