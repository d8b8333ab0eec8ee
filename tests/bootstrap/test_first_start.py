"""The first command on a fresh machine makes the environment; the next ones find it."""

import os
import re
from pathlib import Path

from tests.bootstrap.project import Project


def test_the_first_command_prepares_then_runs_with_its_arguments_folder_input_and_exit_code(project: Project) -> None:
    project.environment["CODE"] = "3"

    first = project.run("import", "a b", "-", feed="une ligne\n")

    assert first.code == 3
    assert first.told == {
        "arguments": ["import", "a b", "-"],
        "folder": str(project.elsewhere),
        "process": first.process,
        "prefix": str(project.env),
        "mini_paquet": "1.0",
        "has_test_tool": False,
        "input": "une ligne\n",
    }
    assert "Préparation de l'environnement (première fois)…" in first.said
    assert "Environnement prêt en " in first.said


def test_a_later_command_says_nothing_changes_nothing_and_needs_no_tool(project: Project) -> None:
    project.run("verify")
    project.run("verify")
    before = _state_of(project.env)
    (project.programs / "uv").unlink()
    del project.environment["HOME"]

    later = project.run("verify")

    assert later.told["mini_paquet"] == "1.0"
    assert later.said == ""
    assert _state_of(project.env) == before


def test_a_later_command_does_not_even_load_the_code_that_prepares(project: Project) -> None:
    project.run("verify")

    loaded = project.run("verify", options=["-X", "importtime"]).said

    assert "infra.environment.start" in loaded
    assert "infra.environment.prepare" not in loaded
    assert "subprocess" not in loaded


def test_packages_of_the_same_name_where_the_caller_is_are_not_taken_for_the_project(project: Project) -> None:
    for package in ("infra", "infra/cli"):
        (project.elsewhere / package).mkdir()
        (project.elsewhere / package / "__init__.py").touch()
    (project.elsewhere / "infra" / "cli" / "main.py").write_text("raise SystemExit('the wrong one')")

    assert project.run("verify").told["arguments"] == ["verify"]


def test_what_prepares_does_not_read_the_input_meant_for_the_command(project: Project, uv: Path) -> None:
    greedy = project.programs / "uv"
    greedy.unlink()
    greedy.write_text(f'#!/bin/sh\n/bin/cat >/dev/null\nexec "{uv}" "$@"\n')
    greedy.chmod(0o755)

    assert project.run("import", "-", feed="une ligne\n").told["input"] == "une ligne\n"


def test_another_version_of_python_gets_an_environment_of_its_own_beside_the_first(project: Project) -> None:
    project.run("verify")
    # The environment as another version would have left it: sound, and saying so.
    python = project.env / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho 3.99\n")
    python.chmod(0o755)
    stamp = project.env / "decompte-complet.txt"
    recorded = re.sub("^python .*", "python 3.99", stamp.read_text(), flags=re.MULTILINE)
    stamp.write_text(re.sub("^interpréteur .*", f"interpréteur {python}", recorded, flags=re.MULTILINE))

    told = project.run("verify").told

    assert Path(told["prefix"]).parent == project.root / ".decompte"
    assert python.read_text() == "#!/bin/sh\necho 3.99\n"


def _state_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in folder.rglob("*")
        if not os.fspath(path).endswith("__pycache__")
    }
