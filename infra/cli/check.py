"""`./decompte test`: the style, the types, the import rules, then the tests; all of them, even after a failure."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Two even on one core: what breaks when two tests run at once must break here first.
WORKERS_MIN = 2
# Each worker may start database servers of its own.
WORKERS_MAX = 8

# The folder of tools and further environments: git ignores it, which ruff only knows in a git repository.
OURS = ["--config", 'extend-exclude = [".decompte"]', ".", "decompte"]

LINTS = (
    ("style du code", "ruff check", ["-m", "ruff", "check", *OURS]),
    ("mise en forme", "ruff format --check", ["-m", "ruff", "format", "--check", *OURS]),
    ("types", "mypy", ["-m", "mypy"]),
    # import-linter has no module to run with -m: `python -m importlinter.cli` does nothing, successfully.
    ("règles d'import", "lint-imports", ["-c", "import importlinter.cli as cli; cli.lint_imports_command()"]),
)

HELP = """Usage : ./decompte test [ARGUMENTS DE PYTEST]

Sans argument : vérifie le style, la mise en forme, les types et les règles d'import, puis lance tous les tests sur
plusieurs processus. Tout est exécuté, même après un échec ; le code de sortie est 0 si tout est bon, 1 sinon.
Avec des arguments : lance seulement pytest, avec ces arguments tels quels.

Exemples :
  ./decompte test                              tout vérifier
  ./decompte test tests/bootstrap              les tests d'un dossier
  ./decompte test -k trop_percu -x             ceux dont le nom contient « trop_percu », arrêt au premier échec
  ./decompte test tests/ledger --pdb           avec le débogueur
  ./decompte test tests --help                 l'aide de pytest
"""


def run_checks(arguments: list[str]) -> int:
    """Run every check, or pytest alone when it is given arguments; return the exit code.

    The output of pytest comes last, so that its summary is what one reads at the end.
    """
    if arguments[:1] in (["--help"], ["-h"]):
        print(HELP, end="")
        return 0
    if not (ROOT / "tests").is_dir() or importlib.util.find_spec("pytest") is None:
        print("Les tests se lancent depuis une copie du projet, par : ./decompte test", file=sys.stderr)
        return 1
    try:
        if arguments:
            # The paths given are relative to where the caller is, as long as that is in the project.
            here = Path.cwd()
            folder = here if here.is_relative_to(ROOT) else ROOT
            return _run(["-m", "pytest", *arguments], folder)
        return _run_everything()
    except KeyboardInterrupt:
        print("\nVérifications interrompues.", file=sys.stderr)
        return 130


def _run_everything() -> int:
    steps = len(LINTS) + 1
    failed = []
    for number, (meaning, name, options) in enumerate(LINTS, 1):
        _say(f"[{number}/{steps}] {meaning} ({name})")
        start = time.monotonic()
        if _run(options, ROOT) == 0:
            _say(f"      conforme, en {_seconds_since(start)}\n")
        else:
            failed.append(name)
            _say(f"      EN ÉCHEC, en {_seconds_since(start)}\n")
    if failed:
        _say(f"En échec avant les tests : {', '.join(failed)}.\n")
    workers = min(max(_cores(), WORKERS_MIN), WORKERS_MAX)
    _say(f"[{steps}/{steps}] tests (pytest, {workers} processus)")
    is_passed = _run(["-m", "pytest", "-n", str(workers)], ROOT) == 0
    return 0 if is_passed and not failed else 1


def _run(options: list[str], folder: Path) -> int:
    sys.stdout.flush()
    return subprocess.run([sys.executable, *options], cwd=folder, check=False).returncode  # noqa: S603 (no shell)


def _cores() -> int:
    """The cores that this process may use; macOS tells only what the machine has."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _say(line: str) -> None:
    print(line, flush=True)


def _seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s".replace(".", ",")
