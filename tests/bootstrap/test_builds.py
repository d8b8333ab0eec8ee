"""Of the builds of one version of Python that a machine has, the environment is made with the quickest."""

import json
import sys
from pathlib import Path

import pytest

from infra.environment import builds
from infra.environment.builds import Build, quickest_build

NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Build:
    """This Python as it says of itself, on a machine that has no other."""
    monkeypatch.setattr(builds, "_USUAL_FOLDERS", ())
    build = builds._asked(sys.executable, {})
    assert build is not None
    return build


def path_with(folder: Path, *answers: Build | None) -> dict[str, str]:
    """A path with a Python of this version in each folder, which says that of itself; None: that it is not there."""
    for number, answer in enumerate(answers):
        program = folder / str(number) / NAME
        program.parent.mkdir()
        said = "exit 127" if answer is None else f"echo '{json.dumps(answer)}'"
        program.write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        program.chmod(0o755)
    return {"PATH": ":".join(str(folder / str(number)) for number in range(len(answers)))}


def test_a_python_that_is_alone_is_taken(own: Build) -> None:
    assert own.micros > 0
    assert quickest_build(sys.executable, {"PATH": "/nowhere:relative"}) == sys.executable


def test_the_quickest_of_its_kind_is_taken(own: Build, tmp_path: Path) -> None:
    others = [
        Build("/opt/a/python", own.kind, own.micros / 3),
        Build("/opt/b/python", own.kind, own.micros / 5),
        Build("/opt/c/python", own.kind, own.micros / 4),
    ]
    assert quickest_build(sys.executable, path_with(tmp_path, *others)) == "/opt/b/python"


@pytest.mark.parametrize("kind", ["", "cpython-399 x86_64-linux-gnu"])
def test_one_that_takes_other_packages_is_left_alone(own: Build, kind: str, tmp_path: Path) -> None:
    other = Build("/opt/a/python", kind, own.micros / 5)
    assert quickest_build(sys.executable, path_with(tmp_path, other)) == sys.executable


def test_a_small_gain_and_one_that_is_not_there_change_nothing(own: Build, tmp_path: Path) -> None:
    as_quick = Build("/opt/a/python", own.kind, own.micros * 2)
    assert quickest_build(sys.executable, path_with(tmp_path, None, as_quick)) == sys.executable


def test_a_python_that_does_not_answer_is_taken_as_it_is(own: Build, tmp_path: Path) -> None:
    environment = path_with(tmp_path, Build("/opt/a/python", own.kind, own.micros / 5))
    assert quickest_build("/nowhere/python", environment) == "/nowhere/python"
