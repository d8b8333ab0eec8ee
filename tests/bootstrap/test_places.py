"""Where the environment goes when the project's folder is not ours to write."""

import ctypes
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bootstrap.project import Project

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1


@pytest.fixture
def protected(project: Project) -> Iterator[Project]:
    """The small project in folders that may only be read."""
    folders = [project.root, *(path for path in project.root.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield project
    for folder in folders:
        folder.chmod(0o755)


def as_an_ordinary_user() -> Callable[[], None] | None:
    """What makes the permissions of files count for root too."""
    if os.getuid() != 0:
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def drop() -> None:
        if libc.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")

    return drop


def test_a_project_that_cannot_be_written_uses_the_cache_of_the_user(protected: Project) -> None:
    first = protected.run("verify", preexec_fn=as_an_ordinary_user())
    later = protected.run("verify", preexec_fn=as_an_ordinary_user())

    assert Path(first.told["prefix"]).parent == protected.home / ".cache" / "decompte"
    assert later.told["prefix"] == first.told["prefix"]
    assert later.said == ""
    assert not protected.env.exists()


def test_a_changed_lock_has_another_folder_of_the_cache(protected: Project) -> None:
    first = protected.run("verify", preexec_fn=as_an_ordinary_user())
    protected.lock("2.0")
    second = protected.run("verify", preexec_fn=as_an_ordinary_user())

    assert second.told["mini_paquet"] == "2.0"
    assert second.told["prefix"] != first.told["prefix"]


def test_without_a_home_to_write_it_is_a_private_folder_among_the_temporary_ones(protected: Project) -> None:
    protected.home.chmod(0o555)

    told = protected.run("verify", preexec_fn=as_an_ordinary_user()).told

    folder = Path(told["prefix"]).parent
    assert folder == Path(protected.environment["TMPDIR"]) / f"decompte-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_temporary_folder_that_others_can_write_is_not_trusted(protected: Project) -> None:
    protected.home.chmod(0o555)
    prepared = protected.run("verify", preexec_fn=as_an_ordinary_user()).told["prefix"]
    Path(prepared).parent.chmod(0o777)

    refused = protected.run("verify", preexec_fn=as_an_ordinary_user())

    assert refused.code == 1
    assert "aucun dossier où préparer l'environnement" in refused.said


def test_an_environment_prepared_by_another_user_serves_those_who_can_only_read_it(project: Project) -> None:
    project.run("verify")
    project.root.chmod(0o555)
    project.env.chmod(0o555)

    read = project.run("verify", preexec_fn=as_an_ordinary_user())
    project.root.chmod(0o755)

    assert read.told["prefix"] == str(project.env)
    assert read.said == ""
