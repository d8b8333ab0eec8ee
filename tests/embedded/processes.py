"""Clients as processes, and what runs on a data folder according to the system, not according to us."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from infra.embedded.folder import Record

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS_MAX = 20.0
POLL_SECONDS = 0.05


class ClientProcess:
    """A client of a data folder, in a process of its own."""

    def __init__(self, folder: Path, bin_dir: Path | None = None, *, module: str = "tests.embedded.client") -> None:
        arguments = [str(folder)] + ([str(bin_dir)] if bin_dir else [])
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1"},
        )

    def next_line(self) -> tuple[str, str]:
        """What it says next: ("announce" | "url" | "error", text)."""
        assert self.process.stdout is not None
        kind, _, text = self.process.stdout.readline().rstrip("\n").partition(" ")
        return kind, text

    def attached(self) -> str:
        """The address, once attached."""
        kind, text = self.next_line()
        while kind == "announce":
            kind, text = self.next_line()
        assert kind == "url", (kind, text)
        return text

    def leave(self) -> int:
        """Close in good order; gives the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(WAIT_SECONDS_MAX)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_SECONDS_MAX)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def record_of(folder: Path) -> Record:
    """The content of server.json."""
    return msgspec.json.decode((folder / "server.json").read_bytes(), type=Record)


def supervisor_of(folder: Path) -> int:
    supervisor = record_of(folder).supervisor
    assert supervisor is not None
    return supervisor


def postmaster_of(folder: Path) -> int:
    postmaster = record_of(folder).postmaster
    assert postmaster is not None
    return postmaster


def processes_of(folder: Path) -> set[int]:
    """Processes that name this folder or work inside it, from /proc; zombies left out."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            named = str(folder).encode() in (process / "cmdline").read_bytes()
            inside = named or str((process / "cwd").readlink()).startswith(str(folder))
        except OSError:  # ended meanwhile, or somebody else's, or a zombie
            continue
        if inside:
            found.add(int(process.name))
    return found - {os.getpid()}


def wait_until(condition: Callable[[], bool], *, seconds: float = WAIT_SECONDS_MAX) -> bool:
    """Whether a condition comes true within a bounded time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def nobody_runs(folder: Path, *, seconds: float = WAIT_SECONDS_MAX) -> bool:
    """Whether everything on this folder has ended within a bounded time."""
    return wait_until(lambda: not processes_of(folder), seconds=seconds)


def kill_all(folder: Path) -> None:
    """Kill whatever runs on a folder; some of it ends by itself meanwhile."""
    for process in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
