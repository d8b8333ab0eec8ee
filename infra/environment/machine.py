"""What a set-up works with: the project, a folder for its tools, the settings of this machine and of its user."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.environment.console import run
from infra.environment.indexes import PackageSource, configured_source, pip_environment, uv_environment
from infra.environment.places import Place, user_cache


class Machine(NamedTuple):
    """The tools run in the project's folder, where no other project's settings reach them, and hold `lock`."""

    root: Path
    state: Path
    environ: Mapping[str, str]
    source: PackageSource
    lock: int

    @property
    def python(self) -> str:
        """The interpreter itself, even when the caller's is that of another environment."""
        base: str = getattr(sys, "_base_executable", None) or sys.executable
        return base

    def run_uv(self, command: Sequence[str | Path], *, doing: str, advice: str = "") -> None:
        environment = uv_environment(self.source, self.environ)
        run(command, doing=doing, advice=advice, environment=environment, folder=self.root, lock=self.lock)

    def run_pip(self, command: Sequence[str | Path], *, doing: str, advice: str = "") -> None:
        environment = pip_environment(self.source, self.environ)
        run(command, doing=doing, advice=advice, environment=environment, folder=self.root, lock=self.lock)


def this_machine(root: Path, place: Place, lock: int) -> Machine:
    environ = dict(os.environ)
    if not _has_cache_for_uv(environ):
        environ.setdefault("UV_CACHE_DIR", str(place.state / "cache-uv"))
    return Machine(root, place.state, environ, configured_source(environ), lock)


def _has_cache_for_uv(environ: Mapping[str, str]) -> bool:
    """A home may be missing, or belong to somebody else, as for `nobody` or a bare user number in a container."""
    cache = user_cache(environ)
    if cache is None:
        return False
    try:
        (cache / "uv").mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache / "uv", os.W_OK)
