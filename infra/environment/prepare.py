"""Making or mending the environment, so that it can be killed at any moment and taken up again by the next command.

A mark « under way » goes in before the first change and the stamp comes last. A mark without a stamp is a set-up that
was killed: what is there cannot be trusted, file by file, so it is made again from nothing.
"""

import contextlib
import fcntl
import os
import shutil
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from infra.environment.builds import quickest_build
from infra.environment.console import SetupFailed, probe, say, say_failure, seconds_since
from infra.environment.indexes import uv_options
from infra.environment.machine import Machine, this_machine
from infra.environment.places import Place, can_hold, places
from infra.environment.stamp import (
    PYTHON,
    STAMP,
    TEST_LOCK,
    UNDERWAY,
    holds_test_lock,
    is_made_here,
    is_ready,
    write_stamp,
)
from infra.environment.tools import PIP_OPTIONS, Installers, find_installers

WAIT_SECONDS_MAX = 1800
WAIT_STEP_SECONDS = 0.1
CHECK_ACCESS = "vérifiez le réseau et l'index de paquets configuré (pip config list), puis relancez."


def prepare_or_explain(root: Path, lock: str) -> Path | None:
    """The environment, made ready for this lock; None when it cannot be, once the reason has been said."""
    try:
        return prepare(root, lock)
    except SetupFailed as failure:
        say_failure(failure)
    except OSError as error:
        say_failure(SetupFailed(f"{error.strerror} ({error.filename})", advice="vérifiez la place et les droits."))
    except KeyboardInterrupt:
        say("Préparation interrompue : la prochaine commande la reprendra.")
        raise
    return None


def prepare(root: Path, lock: str) -> Path:
    """Make the first place that may hold it ready for this lock, unless another command just did."""
    for place in places(root, os.environ):
        if not can_hold(place, root):
            continue
        with alone(place.lock_file) as descriptor:
            if is_ready(place.env, root, lock):
                return place.env
            if _is_another_python(place.env):
                continue
            wanted = TEST_LOCK if holds_test_lock(place.env) else lock
            _make(place, root, wanted, descriptor)
            return place.env
    raise SetupFailed(
        "aucun dossier où préparer l'environnement",
        advice="donnez un dossier où écrire : HOME=/un/dossier, ou TMPDIR=/un/dossier.",
    )


@contextlib.contextmanager
def alone(lock_file: Path) -> Iterator[int]:
    """One set-up at a time. `flock` follows the descriptor, which the tools inherit: it ends with the last of them."""
    descriptor = os.open(lock_file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        is_said = False
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SetupFailed(
                        f"une autre commande prépare l'environnement depuis plus de {WAIT_SECONDS_MAX // 60} minutes",
                        advice=f"terminez-la (elle tient {lock_file}), puis relancez.",
                    ) from None
            if not is_said:
                say("Une autre commande prépare l'environnement : attente de sa fin…")
                is_said = True
            time.sleep(WAIT_STEP_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _make(place: Place, root: Path, lock: str, descriptor: int) -> None:
    start = time.monotonic()
    env = place.env
    is_new = not env.exists()
    was_killed = (env / UNDERWAY).exists()
    is_foreign = not is_new and not was_killed and not (env / "pyvenv.cfg").exists() and any(env.iterdir())
    if is_foreign:
        raise SetupFailed(
            f"{env} existe et n'est pas un environnement Python", advice=f"déplacez {env}, puis relancez."
        )
    is_kept = not is_new and not was_killed and (is_made_here(env, root) or _is_unmarked(env))
    if is_new:
        say("Préparation de l'environnement (première fois)…")
    elif was_killed and not (env / STAMP).exists():
        say("La préparation précédente n'est pas allée à son terme : l'environnement est refait…")
    elif is_kept:
        say("Mise à jour de l'environnement (dépendances ou outils de test)…")
    else:
        say("L'environnement ne convient plus (projet déplacé ou Python changé) : il est refait…")

    machine = this_machine(root, place, descriptor)
    installers = find_installers(machine)
    env.mkdir(exist_ok=True)
    (env / UNDERWAY).touch()
    (env / STAMP).unlink(missing_ok=True)
    # pip removes nothing of what a lock no longer holds: without uv, start from nothing.
    if not is_kept or installers.uv is None:
        _empty(env)
        _create(machine, installers, env)
    say(f"- dépendances de {lock}, vérifiées par leurs empreintes…")
    _install(machine, installers, env, lock)
    _link_project(env, root)
    write_stamp(env, root, lock)
    (env / UNDERWAY).unlink()
    say(f"Environnement prêt en {seconds_since(start)} : {env}")


def _create(machine: Machine, installers: Installers, env: Path) -> None:
    doing = "l'environnement Python n'a pas pu être créé"
    if installers.uv is not None:
        # uv needs nothing of the interpreter that it is given; pip would need what a distribution may leave out.
        python = quickest_build(machine.python, machine.environ)
        if python != machine.python:
            say(f"- Python de {python}, la même version, nettement plus rapide que {machine.python}…")
        options = ["--quiet", "--allow-existing", "--no-project", "--python", python]
        machine.run_uv([installers.uv, "venv", *options, env], doing=doing)
    else:
        without = [] if installers.has_ensurepip else ["--without-pip"]
        machine.run_pip([machine.python, "-m", "venv", *without, env], doing=doing)


def _install(machine: Machine, installers: Installers, env: Path, lock: str) -> None:
    doing = "l'installation des dépendances a échoué"
    python = env / "bin" / "python"
    if installers.uv is not None:
        options = ["--quiet", "--require-hashes", *uv_options(machine.source), "--python", str(python)]
        machine.run_uv([installers.uv, "pip", "sync", *options, machine.root / lock], doing=doing, advice=CHECK_ACCESS)
    else:
        pip: list[str | Path] = [python, "-m", "pip"]
        if not installers.has_ensurepip:
            pip = [machine.python, "-m", "pip", "--python", python]
        machine.run_pip([*pip, "install", *PIP_OPTIONS, "-r", machine.root / lock], doing=doing, advice=CHECK_ACCESS)


def _link_project(env: Path, root: Path) -> None:
    """Make the project's packages importable from any folder, by every program of the environment."""
    base = {"base": str(env), "platbase": str(env)}
    (Path(sysconfig.get_path("purelib", "venv", base)) / "decompte-projet.pth").write_text(
        f"{root}\n", encoding="utf-8"
    )


def _is_another_python(env: Path) -> bool:
    """Whether the environment is sound and of another version of Python: it is left to those who use that one."""
    return not (env / UNDERWAY).exists() and _version_of(env) not in (None, PYTHON)


def _is_unmarked(env: Path) -> bool:
    """Whether somebody made this environment by other means, with this version of Python."""
    return not (env / STAMP).exists() and _version_of(env) == PYTHON


def _version_of(env: Path) -> str | None:
    ask = (
        "import os, sys, sysconfig; print(f'{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}');"
        "sys.exit(not os.path.isdir(sysconfig.get_path('purelib')))"
    )
    answer = probe([env / "bin" / "python", "-I", "-c", ask], os.environ)
    return None if answer is None else answer.strip()


def _empty(env: Path) -> None:
    """Remove all but the mark: the folder itself may be a mount, and a kill half-way must leave the mark."""
    for child in env.iterdir():
        if child.name == UNDERWAY:
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
