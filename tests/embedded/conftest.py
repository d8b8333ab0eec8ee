"""A data folder for each test, whose name no shell and no URL would like."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.server import EmbeddedServer
from tests.embedded.processes import kill_all


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet; as root it lies below folders that only root may cross."""
    path = tmp_path / "l'été à la mer"
    yield path
    kill_all(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def used_folder(folder: Path, stopped_folder: Path) -> Path:
    """A data folder that has a base, restored from a copy as a backup would be: by root, all belongs to root."""
    shutil.copytree(stopped_folder, folder)
    (folder / "server.json").unlink()  # its port, which tests that run at the same time would fight for
    return folder


@pytest.fixture(scope="session")
def stopped_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose base was created and stopped; not to be started again, only copied."""
    path = tmp_path_factory.mktemp("stopped")
    EmbeddedServer.attach(path).close()
    return path


@pytest.fixture
def as_root() -> None:
    """For tests about leaving root behind; nothing to see for an ordinary user."""
    if os.geteuid() != 0:
        pytest.skip("needs root: the test is about becoming an ordinary user")
