"""Of the builds of one version of Python that a machine has, the environment is made with the quickest."""

import json
import sys
from pathlib import Path

import pytest

from infra.environment import builds
from infra.environment.builds import Build, quickest_build
from tests.bootstrap.project import Project

NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Build:
    """This Python as it says of itself, on a machine that has no other."""
    monkeypatch.setattr(builds, "_USUAL_FOLDERS", ())
    build = builds._who(sys.executable, {})
    assert build is not None
    return build


def a_python(folder: Path, number: int, *, kind: str, micros: float) -> Path:
    """A program in a folder of its own that says so of itself, and of how long it takes."""
    program = folder / str(number) / NAME
    program.parent.mkdir()
    who = json.dumps([str(program), kind])
    program.write_text(f"#!/bin/sh\ncase \"$3\" in *json*) echo '{who}';; *) echo {micros};; esac\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def path_of(*programs: Path) -> dict[str, str]:
    return {"PATH": ":".join(str(program.parent) for program in programs)}


def test_a_python_that_is_alone_is_taken(own: Build) -> None:
    assert builds._micros(sys.executable, {}) > 0
    assert quickest_build(sys.executable, {"PATH": "/nowhere:relative"}) == sys.executable


def test_the_quickest_of_its_kind_is_taken(own: Build, tmp_path: Path) -> None:
    programs = [a_python(tmp_path, number, kind=own.kind, micros=micros) for number, micros in enumerate([3, 1, 2])]
    assert quickest_build(sys.executable, path_of(*programs)) == str(programs[1])


@pytest.mark.parametrize("kind", ["", "cpython-399 x86_64-linux-gnu"])
def test_one_that_takes_other_packages_is_left_alone(own: Build, kind: str, tmp_path: Path) -> None:
    other = a_python(tmp_path, 0, kind=kind, micros=1)
    assert quickest_build(sys.executable, path_of(other)) == sys.executable


def test_a_slower_one_and_one_that_is_not_there_change_nothing(own: Build, tmp_path: Path) -> None:
    slower = a_python(tmp_path, 0, kind=own.kind, micros=1e6)
    gone = a_python(tmp_path, 1, kind=own.kind, micros=1)
    gone.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    assert quickest_build(sys.executable, path_of(slower, gone)) == sys.executable


def test_a_python_that_does_not_answer_is_taken_as_it_is(own: Build, tmp_path: Path) -> None:
    other = a_python(tmp_path, 0, kind=own.kind, micros=1)
    assert quickest_build("/nowhere/python", path_of(other)) == "/nowhere/python"


def test_the_environment_is_made_with_it_and_says_so(project: Project, tmp_path: Path) -> None:
    """A Python of the path that says that it is quick, and is this one for all else that it is asked."""
    kind = builds._who(sys.executable, {})
    assert kind is not None
    quick = a_python(tmp_path, 0, kind=kind.kind, micros=1)
    answers = quick.read_text(encoding="utf-8").replace("*) echo 1;;", "*perf_counter*) echo 1;; *) is_asked=no;;")
    quick.write_text(f'{answers}[ "$is_asked" != no ] || exec "{sys.executable}" "$@"\n', encoding="utf-8")
    (project.programs / NAME).symlink_to(quick)

    ran = project.run("verify")

    assert ran.code == 0, ran.said
    assert f"Python de {quick}, la même version" in ran.said
    assert project.run("verify").said == ""
