"""`./decompte test` runs every check of a project and fails when one of them does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bootstrap.project import ROOT

CONFIGURATION = """
[tool.ruff]
line-length = 120
[tool.ruff.lint]
select = ["F"]
[tool.mypy]
packages = ["mini"]
[tool.pytest.ini_options]
testpaths = ["tests"]
[tool.importlinter]
root_package = "mini"
[[tool.importlinter.contracts]]
name = "mini stays mini"
type = "forbidden"
source_modules = ["mini.inner"]
forbidden_modules = ["mini.outer"]
"""


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """A project in which every check passes."""
    shutil.copy(ROOT / "decompte", tmp_path)
    for folder in ("infra/cli", "mini", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    for module in ("infra", "infra/cli", "mini"):
        (tmp_path / module / "__init__.py").touch()
    shutil.copy(ROOT / "infra" / "cli" / "check.py", tmp_path / "infra" / "cli")
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    (tmp_path / "mini" / "inner.py").write_text("VALUE: int = 1\n")
    (tmp_path / "mini" / "outer.py").touch()
    (tmp_path / "tests" / "test_mini.py").write_text("def test_mini() -> None:\n    assert True\n")
    (tmp_path / "tests" / "test_other.py").write_text("def test_other() -> None:\n    assert True\n")
    return tmp_path


def run(project: Path, *arguments: str, folder: Path | None = None) -> tuple[int, list[str]]:
    """The exit code and the lines printed, without the line that asks for the checks."""
    program = "import sys; from infra.cli.check import run_checks; sys.exit(run_checks(sys.argv[1:]))"
    command = [sys.executable, "-c", f"import sys; sys.path[0] = {str(project)!r}; {program}", *arguments]
    # Without the plugins that only the real tests use, and which take a second to load each time.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist.plugin"}
    environment["MYPY_CACHE_DIR"] = str(project.parent / "mypy")
    ended = subprocess.run(
        command,
        cwd=folder or project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return ended.returncode, ended.stdout.rstrip().splitlines()


def test_all_is_checked_and_the_summary_of_the_tests_comes_last(checked: Path) -> None:
    code, lines = run(checked)

    assert code == 0
    assert sum(line.startswith("      conforme, en ") for line in lines) == 4
    assert "Contracts: 1 kept, 0 broken." in lines
    assert "2 passed" in lines[-1]


def test_every_failing_check_is_named_and_the_tests_run_all_the_same(checked: Path) -> None:
    (checked / "mini" / "inner.py").write_text("import os\nimport mini.outer\nVALUE: int = 'one'\n\n\n\n\n")

    code, lines = run(checked)

    assert code == 1
    assert "En échec avant les tests : ruff check, ruff format --check, mypy, lint-imports." in lines
    assert "2 passed" in lines[-1]


def test_a_failing_test_fails_the_whole(checked: Path) -> None:
    (checked / "tests" / "test_mini.py").write_text("def test_mini() -> None:\n    assert not True\n")

    code, lines = run(checked)

    assert code == 1
    assert "1 failed, 1 passed" in lines[-1]


def test_with_arguments_pytest_alone_runs_and_paths_are_those_of_the_caller(checked: Path) -> None:
    code, lines = run(checked, "test_other.py", "-v", folder=checked / "tests")

    assert code == 0
    assert not any("ruff" in line for line in lines)
    assert any("test_other PASSED" in line for line in lines)
    assert "1 passed" in lines[-1]


def test_arguments_that_select_nothing_are_a_failure(checked: Path) -> None:
    assert run(checked, "-k", "no_such_test")[0] != 0


def test_help_shows_examples(checked: Path) -> None:
    code, lines = run(checked, "--help")

    assert code == 0
    assert any("./decompte test tests/bootstrap" in line for line in lines)
