"""The demonstration: one command; killed or stopped at any moment, nothing is left behind and nothing is lost."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import environment

READY_SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def demo(data: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demonstration running in a session of its own, and all that it printed until it was ready."""
    command = [sys.executable, "-m", "infra.cli.main", "demo", "--members", "20"]
    with subprocess.Popen(
        [*command, "--port", str(port), "--data", str(data)],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        printed = ""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while "Ctrl-C pour arrêter" not in printed:
            line = process.stdout.readline()
            assert line or process.poll() is None, printed
            assert time.monotonic() < deadline, printed
            printed += line
        try:
            yield process, printed
        finally:
            if process.poll() is None:
                process.kill()


def curl_lines(printed: str) -> list[list[str]]:
    return [shlex.split(line) for line in printed.splitlines() if line.startswith("curl ")]


def processes_of(data: Path) -> list[str]:
    """The command lines of every process that names this folder."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if str(data) in line]


def wait_until_gone(data: Path) -> None:
    deadline = time.monotonic() + 15
    while left := processes_of(data):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_the_printed_lines_work_as_printed(tmp_path: Path) -> None:
    with demo(tmp_path / "d", free_port()) as (process, printed):
        lines = curl_lines(printed)
        assert len(lines) == 7
        for line in lines:
            done = subprocess.run([*line, "-f"], capture_output=True, text=True, timeout=20, check=False)
            assert done.returncode == 0, (line, done.stdout)
            assert re.match(r"[\[{]", done.stdout)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert processes_of(tmp_path / "d") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_however_it_ends_no_process_is_left_and_nothing_is_lost(tmp_path: Path, number: signal.Signals) -> None:
    data, port = tmp_path / "d", free_port()
    with demo(data, port) as (process, first):
        os.killpg(process.pid, number)
        process.wait(20)
    wait_until_gone(data)
    with demo(data, port) as (process, second):
        assert "exemple :" in first
        assert "exemple :" not in second, "what was ingested is still there"
        line = next(line for line in curl_lines(second) if "/accueil" in line[-1])
        assert subprocess.run([*line, "-f"], capture_output=True, timeout=20, check=False).returncode == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    wait_until_gone(data)


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", "demo", "--port", port, "--data", str(tmp_path / "d")],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert port in done.stderr
    assert not (tmp_path / "d").exists()
