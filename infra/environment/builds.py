"""Which build of Python makes the environment: of those of one version that this machine has, a much quicker one.

A Python that a version manager has compiled without profile-guided optimisation takes a quarter to a third longer for
plain code than the one of the distribution, and nobody sees it. The version stays the one that was asked for.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from infra.environment.console import probe

IS_WORTH_IT = 0.85
"""Another build must take less than this part of the time; a smaller gain may be chance."""

ROUNDS = 2
"""How many times each build is timed, in turn with the others."""

_USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")

# Distributions leave out parts of the library: such a Python answers nothing.
_WHO = """
import ctypes, decimal, json, ssl, sys, zlib
executable = getattr(sys, "_base_executable", "") or sys.executable
kind = f"{sys.implementation.cache_tag}{sys.abiflags} {getattr(sys.implementation, '_multiarch', '')}"
print(json.dumps([executable, kind]))
"""

# How long a handful of what an import does all day takes, in microseconds: the best of many short turns with pauses,
# since a shared machine is slow for tenths of a second on end.
_HOW_LONG = """
import struct, time
class Row:
    __slots__ = ("name", "amount")
    def __init__(self, name, amount):
        self.name, self.amount = name, amount
pack, known = struct.Struct(">iq").pack, {}
def turn():
    rows = [Row(f"F{i}-1", i * 100) for i in range(300)]
    for row in rows:
        known[row.name] = known.get(row.name, 0) + row.amount
    return b"".join([pack(8, row.amount) + row.name.encode() for row in rows])
best = 1.0
for _ in range(150):
    begun = time.perf_counter()
    turn()
    best = min(best, time.perf_counter() - begun)
    time.sleep(0.002)
print(best * 1e6)
"""


class Build(NamedTuple):
    """Where a Python is, and what packages it takes."""

    executable: str
    kind: str


def quickest_build(own: str, environ: Mapping[str, str]) -> str:
    """The interpreter to make an environment with: `own`, unless another build of the same version is much quicker."""
    mine = _who(own, environ)
    if mine is None:
        return own
    others = {
        os.path.realpath(build.executable): build.executable
        for python in _candidates(environ)
        if (build := _who(python, environ)) is not None and build.kind == mine.kind
    }
    others.pop(os.path.realpath(mine.executable), None)
    if not others:
        return own
    micros: dict[str, float] = {}
    for python in [own, *others.values()] * ROUNDS:
        micros[python] = min(_micros(python, environ), micros.get(python, float("inf")))
    best = min(micros, key=lambda python: micros[python])
    return best if micros[best] < IS_WORTH_IT * micros[own] else own


def _who(python: str, environ: Mapping[str, str]) -> Build | None:
    """None for a command that only says that the version is not there, and for a Python that lacks a part."""
    answer = probe([python, "-I", "-c", _WHO], environ)
    return None if answer is None else Build(*json.loads(answer))


def _micros(python: str, environ: Mapping[str, str]) -> float:
    answer = probe([python, "-I", "-c", _HOW_LONG], environ)
    return float("inf") if answer is None else float(answer)


def _candidates(environ: Mapping[str, str]) -> list[str]:
    """Every Python of this version on the path and in the usual folders, once."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folders = [*environ.get("PATH", os.defpath).split(os.pathsep), *_USUAL_FOLDERS]
    found = [shutil.which(name, path=folder) for folder in folders if Path(folder).is_absolute()]
    return list({os.path.realpath(python): python for python in found if python is not None}.values())
