import os
from pathlib import Path

import pytest

from infra.environment.console import SetupFailed
from infra.environment.machine import this_machine
from infra.environment.places import can_hold, places
from infra.environment.prepare import alone
from infra.environment.tools import find_installers
from tests.bootstrap.project import ROOT, Project


@pytest.fixture(scope="session")
def uv() -> Path:
    """The real uv, got as the project gets it: the set-up that `./decompte test` did has left it there."""
    place = next(place for place in places(ROOT, os.environ) if can_hold(place, ROOT))
    with alone(place.lock_file) as lock:
        try:
            found = find_installers(this_machine(ROOT, place, lock)).uv
        except SetupFailed as failure:
            pytest.skip(f"uv is not to be had on this machine: {failure}")
    if found is None:
        pytest.skip("uv is not to be had on this machine, where pip does its work")
    return found.resolve()


@pytest.fixture
def project(tmp_path: Path, uv: Path) -> Project:
    """The small project on a machine that has uv."""
    return Project(tmp_path, uv)


@pytest.fixture
def project_without_uv(tmp_path: Path) -> Project:
    return Project(tmp_path, None)
