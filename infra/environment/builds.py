"""Which build of Python makes the environment: of those of one version that this machine has, the quickest.

A Python that a version manager has compiled without profile-guided optimisation takes a quarter to a third longer for
plain code than the one of the distribution, and nobody sees it. The version stays the one that was asked for.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from infra.environment.console import probe

IS_WORTH_IT = 0.85
"""Another build must take less than this part of the time; a smaller gain may be chance."""

_USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")

# How long a handful of what an import does all day takes, in microseconds: the best of many short turns says more on a
# busy machine than one long turn. Distributions leave out parts of the library: such a Python answers nothing.
_ASK = """
import ctypes, decimal, json, ssl, struct, sys, time, zlib
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
for _ in range(60):
    begun = time.perf_counter()
    turn()
    best = min(best, time.perf_counter() - begun)
kind = f"{sys.implementation.cache_tag}{sys.abiflags} {getattr(sys.implementation, '_multiarch', '')}"
print(json.dumps([getattr(sys, "_base_executable", "") or sys.executable, kind, best * 1e6]))
"""


class Build(NamedTuple):
    """What a Python says of itself: where it is, what packages it takes, and its time."""

    executable: str
    kind: str
    micros: float


def quickest_build(own: str, environ: Mapping[str, str]) -> str:
    """The interpreter to make an environment with: `own`, unless another build of the same version is much quicker."""
    mine = _asked(own, environ)
    if mine is None:
        return own
    others = [build for python in _candidates(environ) if (build := _asked(python, environ)) is not None]
    # Asked again at the end: what slowed it down at the beginning may be over.
    again = _asked(own, environ) or mine
    limit = IS_WORTH_IT * min(mine.micros, again.micros)
    quicker = [build for build in others if build.kind == mine.kind and build.micros < limit]
    return min(quicker, key=lambda build: build.micros).executable if quicker else own


def _asked(python: str, environ: Mapping[str, str]) -> Build | None:
    """None for a command that only says that the version is not there, and for a Python that lacks a part."""
    answer = probe([python, "-I", "-c", _ASK], environ)
    return None if answer is None else Build(*json.loads(answer))


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    """Every Python of this version on the path and in the usual folders, once."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folders = [*environ.get("PATH", os.defpath).split(os.pathsep), *_USUAL_FOLDERS]
    found = [shutil.which(name, path=folder) for folder in folders if Path(folder).is_absolute()]
    return iter({os.path.realpath(python): python for python in found if python is not None}.values())
