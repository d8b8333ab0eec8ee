"""Processes of ours that a bench starts, so that what is measured shares no interpreter with what measures it."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import msgspec

from infra.bench.memory_watch import MemoryWatch
from infra.bench.programs.consuming import Consumed
from infra.bench.programs.feeding import Fed
from infra.bench.programs.loading import Load, Loaded
from infra.bench.programs.projecting import Projected
from infra.bench.programs.rebuilding_once import DONE, HALF

STOP_SECONDS_MAX = 600.0
LOAD_SECONDS_MAX = 90.0
LINES_PER_WRITE = 1_000


class ChildFailed(OSError):
    """A process of the bench ended badly; its own words are on standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An import in a process of its own: wall time of the flow, processor time of that process and of those that
    it started (PostgreSQL's not among them), peak of their memory together.
    """

    events: int
    messages: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def import_file(environment: Mapping[str, str], file: Path) -> Imported:
    """Import a feed file by the path of `decompte import`."""
    with _started("feeding", str(file), environment=environment) as child:
        return _imported(child)


def import_lines(environment: Mapping[str, str], lines: Iterable[bytes]) -> Imported:
    """Import a feed that is made while it is taken, from standard input."""
    with _started("feeding", "-", environment=environment) as child:
        return _imported(child, lines)


def _imported(child: subprocess.Popen[bytes], lines: Iterable[bytes] = ()) -> Imported:
    with MemoryWatch(child.pid) as watch:
        _write(_stdin(child), lines)
        report = msgspec.json.decode(_stdout(child).read() or b"null", type=Fed | None)
        if child.wait(STOP_SECONDS_MAX) or report is None:
            raise ChildFailed(f"l'import du bench s'est arrêté avec le code {child.returncode}")
    return Imported(
        events=report.events,
        messages=report.messages,
        seconds=report.seconds,
        cpu_seconds=report.cpu_seconds,
        peak_bytes=max(watch.peak_bytes, report.peak_bytes),
    )


def _write(stdin: IO[bytes], lines: Iterable[bytes]) -> None:
    pending: list[bytes] = []
    for line in lines:
        pending.append(line)
        if len(pending) >= LINES_PER_WRITE:
            stdin.write(b"".join(pending))
            pending.clear()
    stdin.write(b"".join(pending))
    stdin.close()


def consume_topic(environment: Mapping[str, str], messages: int) -> Consumed:
    """Take a topic that holds so many messages by the path of `decompte consume`."""
    with _started("consuming", str(messages), environment=environment) as child:
        report = msgspec.json.decode(_stdout(child).read() or b"null", type=Consumed | None)
    if report is None or report.messages != messages:
        raise ChildFailed("la lecture du topic ne s'est pas terminée")
    return report


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server of the bench listens."""

    host: str
    port: int


@contextmanager
def server(environment: Mapping[str, str], kind: str) -> Iterator[Address]:
    """A server in its own process: `api` (with its projection worker), `api-seule` (without), or `bonjour`."""
    with _started("serving", kind, environment=environment) as child:
        url = urlsplit(_stdout(child).readline().decode().strip())
        if url.hostname is None or url.port is None:
            raise ChildFailed("le serveur du bench n'a pas démarré")
        yield Address(url.hostname, url.port)


@contextmanager
def rebuilding(environment: Mapping[str, str]) -> Iterator[None]:
    """Rebuild the read models again and again, in another process; the first rebuild has begun."""
    with _started("rebuilding", environment=environment) as child:
        if not _stdout(child).readline():
            raise ChildFailed("la reconstruction du bench n'a pas démarré")
        yield


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One rebuild in its own process."""

    process: "subprocess.Popen[bytes]"

    def run(self, order: int | None) -> bool:
        """Wait for its end, or send it a signal when half is done; whether it came to its end."""
        said = _stdout(self.process)
        if said.readline().decode().strip() != HALF:
            raise ChildFailed("la reconstruction du bench n'a pas commencé")
        if order is not None:
            self.process.send_signal(order)
        is_done = said.readline().decode().strip() == DONE
        self.process.wait(STOP_SECONDS_MAX)
        return is_done


@contextmanager
def rebuilding_once(environment: Mapping[str, str]) -> Iterator[Rebuild]:
    """Rebuild the read models once, in another process."""
    with _started("rebuilding_once", environment=environment, is_to_succeed=False) as child:
        yield Rebuild(child)


@dataclass(frozen=True, slots=True)
class Worker:
    """A projection worker in its own process; it is measured from `begin` to `end`."""

    process: "subprocess.Popen[bytes]"

    def begin(self) -> None:
        """What it does from now on counts."""
        stdin = _stdin(self.process)
        stdin.write(b"\n")
        stdin.flush()

    def end(self) -> Projected:
        """Let it stop; what it took."""
        _stdin(self.process).close()
        return msgspec.json.decode(_stdout(self.process).read(), type=Projected)


@contextmanager
def projecting(environment: Mapping[str, str]) -> Iterator[Worker]:
    """A projection worker at work."""
    with _started("projecting", environment=environment) as child:
        yield Worker(child)


def load(address: Address, requests: Sequence[bytes], *, connections: int, seconds: float) -> Loaded:
    """Ask these requests in turn on kept-alive connections, for so long, from another process."""
    asked = Load(
        host=address.host,
        port=address.port,
        connections=connections,
        seconds=seconds,
        requests=[request.decode("ascii") for request in requests],
    )
    with _started("loading", environment={}) as child:
        answered, _ = child.communicate(msgspec.json.encode(asked), timeout=seconds + LOAD_SECONDS_MAX)
    if child.returncode:
        raise ChildFailed("le client du bench s'est arrêté")
    return msgspec.json.decode(answered, type=Loaded)


@contextmanager
def _started(
    program: str, *arguments: str, environment: Mapping[str, str], is_to_succeed: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of `infra.bench.programs`. The end of its standard input is the order to stop.

    One that may be killed is not asked to succeed, and its last words are not shown.
    """
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(dict.fromkeys([root, *filter(None, sys.path)]))
    child = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
        [sys.executable, "-P", "-m", f"infra.bench.programs.{program}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if is_to_succeed else subprocess.DEVNULL,
        env={**os.environ, **environment, "PYTHONPATH": path},
    )
    try:
        yield child
        if not _stdin(child).closed:
            _stdin(child).close()
        if child.wait(STOP_SECONDS_MAX) and is_to_succeed:
            raise ChildFailed(f"{program} s'est arrêté avec le code {child.returncode}")
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        for pipe in (_stdin(child), _stdout(child)):
            if not pipe.closed:
                pipe.close()


def _stdin(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdin is not None
    return child.stdin


def _stdout(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdout is not None
    return child.stdout
