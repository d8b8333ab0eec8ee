"""The program tells an old Python what it needs, in a language that the old Python can read."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bootstrap.project import ROOT, Project

OLDEST_READER = (3, 6)


def test_an_old_python_gets_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    for command in [_this_python_made_old(), *_old_pythons()]:
        refused = subprocess.run(
            [*command, "verify"],
            env={"PATH": str(tmp_path), "LANG": "C"},
            capture_output=True,
            encoding="utf-8",
        )

        assert refused.returncode == 1
        assert "est trop ancien : il faut Python 3.11 ou plus récent" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_old_python_gives_way_to_a_recent_one_of_the_path(project: Project, tmp_path: Path) -> None:
    recent = project.programs / f"python3.{sys.version_info[1]}"
    recent.symlink_to(sys.executable)

    ran = subprocess.run(
        [*_this_python_made_old(project.root), "verify"],
        env=project.environment,
        input="",
        capture_output=True,
        encoding="utf-8",
    )

    assert '"arguments": ["verify"]' in ran.stdout


def test_an_old_python_can_read_the_program() -> None:
    ast.parse((ROOT / "decompte").read_text(encoding="utf-8"), feature_version=OLDEST_READER)


def test_what_prepares_the_environment_needs_the_standard_library_alone() -> None:
    for source in [ROOT / "decompte", *(ROOT / "infra" / "environment").glob("*.py")]:
        for module in _imported(source):
            assert module.startswith("infra.environment.") or module.split(".")[0] in sys.stdlib_module_names, (
                f"{source.name} imports {module}"
            )


def _this_python_made_old(root: Path = ROOT) -> list[str]:
    simulate = (
        "import runpy, sys; sys.version_info = (3, 8, 2, 'final', 0); sys.argv = sys.argv[1:];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [sys.executable, "-c", simulate, str(root / "decompte")]


def _old_pythons() -> list[list[str]]:
    """The real ones of this machine, if it has any."""
    names = [shutil.which(f"python3.{minor}") for minor in range(OLDEST_READER[1], 11)]
    return [
        [name, str(ROOT / "decompte")]
        for name in names
        if name and subprocess.run([name, "-c", ""], stderr=subprocess.DEVNULL, env=os.environ).returncode == 0
    ]


def _imported(source: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules
