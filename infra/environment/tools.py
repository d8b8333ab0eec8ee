"""Getting the installer: uv where there is one, else obtained, else pip alone; or the name of what is missing."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from infra.environment.console import SetupFailed, probe, say
from infra.environment.indexes import names_a_place, uv_environment
from infra.environment.machine import Machine
from infra.environment.wheel import fetch_uv

UV_LOCK = "requirements-bootstrap.txt"
OLDEST_UV = (0, 5)
UNDERWAY_PREFIX = "uv-en-cours-"

PIP_OPTIONS = ("--quiet", "--require-hashes", "--no-deps")


class Installers(NamedTuple):
    """What can install packages here: `uv`, or a Python of this version that has `pip` or can get it."""

    uv: Path | None
    has_pip: bool
    has_ensurepip: bool


def find_installers(machine: Machine) -> Installers:
    """Find uv or obtain it; without it, say what else can do; raise `SetupFailed` when nothing can."""
    known = _uv_on_path(machine) or _uv_kept(machine)
    if known is not None:
        return Installers(known, has_pip=False, has_ensurepip=False)

    has_pip = _can_import(machine, "pip")
    has_ensurepip = _can_import(machine, "ensurepip")
    try:
        if has_pip or has_ensurepip:
            _obtain_by_pip(machine, has_pip=has_pip)
        elif not names_a_place(machine.source):
            raise SetupFailed("aucun index de paquets n'est configuré")
        else:
            say("- outil d'installation uv : lu dans l'index configuré…")
            fetch_uv(machine.root / UV_LOCK, machine.source, _kept(machine))
    except SetupFailed as failure:
        if not has_pip and not has_ensurepip:
            raise _nothing_installs(failure) from None
        say(f"- uv n'a pas pu être obtenu ({failure.message}) : pip fera le travail, plus lentement")
        return Installers(None, has_pip, has_ensurepip)
    uv = _uv_kept(machine)
    if uv is None:
        say("- uv ne fonctionne pas sur cette machine : pip fera le travail, plus lentement")
    return Installers(uv, has_pip, has_ensurepip)


def _uv_on_path(machine: Machine) -> Path | None:
    found = shutil.which("uv", path=machine.environ.get("PATH"))
    return Path(found) if found and _works(found, machine) else None


def _uv_kept(machine: Machine) -> Path | None:
    kept = _kept(machine)
    return kept if kept.exists() and _works(kept, machine) else None


def _kept(machine: Machine) -> Path:
    """Where the pinned uv goes; a new pin has a new folder."""
    pin = re.search(r"^uv==(\S+)", (machine.root / UV_LOCK).read_text(encoding="utf-8"), re.MULTILINE)
    return machine.state / "tools" / f"uv-{pin[1] if pin else 'inconnu'}" / "bin" / "uv"


def _works(uv: str | Path, machine: Machine) -> bool:
    """Run it: version managers leave commands that only say that nothing is there, and old versions lack options."""
    answer = probe([uv, "--version"], uv_environment(machine.source, machine.environ))
    version = re.search(r"(\d+)\.(\d+)", answer or "")
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_UV


def _can_import(machine: Machine, module: str) -> bool:
    """Ask the interpreter: distributions ship a Python without pip, and some with an `ensurepip` that refuses."""
    return probe([machine.python, "-c", f"import venv, {module}"], machine.environ) is not None


def _obtain_by_pip(machine: Machine, *, has_pip: bool) -> None:
    """Install the pinned uv in the folder for tools, by the machine's pip or by one that lives as long as this."""
    say("- outil d'installation uv : obtenu par pip…")
    kept = _kept(machine).parent.parent
    kept.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in kept.parent.glob(f"{UNDERWAY_PREFIX}*"):
        shutil.rmtree(abandoned, ignore_errors=True)  # by a set-up that was killed: ours is the only one now
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=UNDERWAY_PREFIX) as work:
        python: str | Path = machine.python
        if not has_pip:
            machine.run_pip([python, "-m", "venv", Path(work, "pip")], doing="pip n'a pas pu être préparé")
            python = Path(work, "pip", "bin", "python")
        options = [*PIP_OPTIONS, "--retries", "2", "--only-binary", ":all:"]
        machine.run_pip(
            [python, "-m", "pip", "install", *options, "--target", Path(work, "uv"), "-r", machine.root / UV_LOCK],
            doing="l'installation de uv par pip a échoué",
        )
        shutil.rmtree(kept, ignore_errors=True)
        Path(work, "uv").rename(kept)


def _nothing_installs(failure: SetupFailed) -> SetupFailed:
    package, command = "python3-venv", "apt install python3-venv"
    if shutil.which("apt-get") is None:
        package, command = next(
            (
                (name, f"{manager} {verb} {name}")
                for manager, verb, name in (
                    ("dnf", "install", "python3-pip"),
                    ("apk", "add", "py3-pip"),
                    ("pacman", "-S", "python-pip"),
                    ("zypper", "install", "python3-pip"),
                )
                if shutil.which(manager)
            ),
            ("python3-pip", "le paquet python3-pip (ou python3-venv) de votre système"),
        )
    return SetupFailed(
        f"ni uv, ni pip, ni ensurepip sur cette machine : il manque le paquet {package} ({failure.message})",
        tail=failure.tail,
        advice=f"{command} (en administrateur), puis relancez la même commande.",
    )
