"""What a set-up says, and how it runs the tools that do the work."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

TAIL_LINES_MAX = 15
TOOL_SECONDS_MAX = 1800
PROBE_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10


class SetupFailed(Exception):
    """The environment cannot be made: what happened, the end of what the tool said, and what to try."""

    def __init__(self, message: str, *, tail: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.tail = tail
        self.advice = advice


def say(line: str) -> None:
    """One line on standard error: standard output belongs to the command that was asked for."""
    # Bytes, so that an ASCII terminal setting does not turn accents into escapes.
    sys.stderr.flush()
    sys.stderr.buffer.write(f"{line}\n".encode())
    sys.stderr.buffer.flush()


def say_failure(failure: SetupFailed) -> None:
    say(f"Échec : {failure.message}")
    for line in failure.tail.splitlines():
        say(f"    | {line}")
    if failure.advice:
        say(f"À essayer : {failure.advice}")


def seconds_since(start: float) -> str:
    """A duration as people write it here: `11,3 s`."""
    return f"{time.monotonic() - start:.1f} s".replace(".", ",")


def run(
    command: Sequence[str | Path],
    *,
    doing: str,
    advice: str,
    environment: Mapping[str, str],
    folder: Path,
    lock: int,
) -> None:
    """Run a tool to its end; raise `SetupFailed` with the end of what it printed when it fails.

    The tool inherits the descriptor `lock`: when this program is killed, the tool goes on for a while, and the
    lock must be held until the tool too has stopped writing. It reads nothing, since standard input may be a feed
    meant for the command itself.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(  # noqa: S603 (our own command lines, no shell)
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                pass_fds=(lock,),
            )
        except OSError as error:
            raise SetupFailed(f"{doing} : {error.strerror} ({error.filename})", advice=advice) from None
        try:
            status = process.wait(TOOL_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise SetupFailed(
                f"{doing} : rien n'est venu en {TOOL_SECONDS_MAX // 60} minutes", tail=_tail(output), advice=advice
            ) from None
        finally:
            _stop(process)
        if status != 0:
            raise SetupFailed(f"{doing} (code {status})", tail=_tail(output), advice=advice)


def probe(command: Sequence[str | Path], environment: Mapping[str, str]) -> str | None:
    """What a quick question to a program prints, or None when it fails: it may be missing, broken or not ours."""
    try:
        return subprocess.run(  # noqa: S603 (our own command lines, no shell)
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS_MAX,
            env=dict(environment),
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    return "\n".join(output.read().decode(errors="replace").rstrip().splitlines()[-TAIL_LINES_MAX:])
