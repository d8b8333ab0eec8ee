"""The demonstration: one command; killed or stopped at any moment, nothing is left behind and nothing is lost."""

import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
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


def test_its_member_signs_in_with_what_is_printed_and_the_command_for_the_code(tmp_path: Path) -> None:
    data, port = tmp_path / "d", free_port()
    with demo(data, port) as (process, printed):
        said = re.search(r"numéro d'adhérent (\S+), mot de passe (\S+)\n +code de sécurité : ./decompte (.+)", printed)
        assert said is not None, printed
        assert f"http://127.0.0.1:{port}/espace" in printed
        assert stat.S_IMODE((data / "demo-acces.json").stat().st_mode) == 0o600
        url = f"http://127.0.0.1:{port}/v1/acces"
        body = {"numero_adherent": said[1], "mot_de_passe": said[2]}
        opened = httpx.post(f"{url}/sessions", json=body, trust_env=False)
        assert opened.status_code == 201, opened.text
        headers = {"Authorization": f"Bearer {opened.json()['jeton']}"}
        command = [sys.executable, "-m", "infra.cli.main", *shlex.split(said[3])]
        code = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout.strip()
        proved = httpx.post(f"{url}/totp/preuve", json={"code": code}, headers=headers, trust_env=False)
        assert proved.json()["soins_visibles"], proved.text
        for role in ("auditeur", "assia", "exploitant"):
            assert re.search(rf"{role} : adresse {role}@exemple\.fr, mot de passe \S+", printed)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


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
