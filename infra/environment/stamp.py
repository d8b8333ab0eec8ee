"""The stamp of an environment: what it was made from, in one small text file, written last.

An environment without a stamp is unfinished. The stamp is compared line by line, so that the environment for tests,
which records both locks, also satisfies the commands that need the runtime lock alone.
"""

import hashlib
import os
import sys
from pathlib import Path

STAMP = "decompte-complet.txt"
UNDERWAY = "decompte-en-cours.txt"

RUNTIME_LOCK = "requirements.txt"
TEST_LOCK = "requirements-dev.txt"

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
"""The Python that runs now, as `lib/python3.11` names it: an environment serves one such version."""


def lock_for(arguments: list[str]) -> str:
    """The name of the lock that a command needs; the one for tests holds all of the other."""
    return TEST_LOCK if arguments[:1] == ["test"] else RUNTIME_LOCK


def is_ready(env: Path, root: Path, lock: str) -> bool:
    """Whether the environment was finished here, by this kind of Python, from the lock as it is now."""
    return _is_recorded(env, _facts(env, root, [lock])) and os.access(env / "bin" / "python", os.X_OK)


def is_made_here(env: Path, root: Path) -> bool:
    """Whether the environment was finished for this folder, machine and Python, from whatever version of the locks."""
    return _is_recorded(env, _facts(env, root, []))


def holds_test_lock(env: Path) -> bool:
    """Whether tests were asked for once here, in this version of the lock or another."""
    try:
        return f"\n{TEST_LOCK} " in (env / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False


def write_stamp(env: Path, root: Path, lock: str) -> None:
    """Declare the environment finished, in one step that is done or not done."""
    locks = [RUNTIME_LOCK, TEST_LOCK] if lock == TEST_LOCK else [RUNTIME_LOCK]
    temporary = env / f"{STAMP}.{os.getpid()}"
    temporary.write_text("\n".join(_facts(env, root, locks)) + "\n", encoding="utf-8")
    temporary.replace(env / STAMP)


def hash_of(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _is_recorded(env: Path, facts: list[str]) -> bool:
    try:
        recorded = (env / STAMP).read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return set(facts).issubset(recorded)


def _facts(env: Path, root: Path, locks: list[str]) -> list[str]:
    return [
        "format 1",
        # Scripts and the path to the project are written in full: a moved project needs a new environment.
        f"projet {root}",
        f"python {PYTHON}",
        # A folder may be shared between machines, a system may replace its Python: the link must lead where it led.
        f"interpréteur {os.path.realpath(env / 'bin' / 'python')}",
        f"machine {os.uname().sysname} {os.uname().machine} {getattr(sys.implementation, '_multiarch', '')}",
        *(f"{lock} {hash_of(root / lock)}" for lock in locks),
    ]
