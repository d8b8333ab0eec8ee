"""The cluster: created whole or not at all, checked before it is opened, with one role that may sign in.

The bootstrap superuser `postgres` has no password and no line in `pg_hba.conf`: over the network there is only
`decompte`, who owns its database, may create others (the tests do), and can read no file of the machine.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.embedded.binaries import Binaries, major_of
from infra.embedded.errors import ClusterOfAnotherVersion, FolderRefused, ServerNotStarted
from infra.embedded.folder import DataFolder, sync_folder
from infra.embedded.privileges import Identity, before_exec
from infra.embedded.processes import is_foreign_to

ROLE = "decompte"
DATABASE = "decompte"
PASSWORD_BYTES = 24
CREATE_SECONDS_MAX = 300.0
OUTPUT_CHARS_MAX = 2000
MAJOR_WITH_BUILTIN_LOCALE = 17
MAJOR_WITH_IO_METHOD = 18

HBA = f"""\
# Written by decompte. Everything else is refused, the superuser included.
host all {ROLE} 127.0.0.1/32 scram-sha-256
"""

# Defaults of a new cluster; the operator may edit them. What safety needs is in `postmaster.py`, out of reach.
TUNING = """
# Written by decompte when the cluster was created; yours to change.
shared_buffers = 128MB
max_connections = 100
jit = off                       # short queries: compiling costs more than it gives
wal_level = minimal             # no standby to feed, so a rebuild need not log the tables that it makes anew
max_wal_senders = 0
max_wal_size = 2GB
"""
IO_TUNING = """\
io_method = sync                # what is read is in the system's cache: on a few cores, workers that fetch it cost more
"""


class Cluster:
    """The cluster of a data folder, with the programs and the user that serve it."""

    def __init__(self, folder: DataFolder, binaries: Binaries, identity: Identity, lock: int) -> None:
        """`lock` is the descriptor of the server lock, which every process of PostgreSQL inherits."""
        self.folder = folder
        self.binaries = binaries
        self.identity = identity
        self.lock = lock

    def ensure(self, announce: Callable[[str], None]) -> None:
        """Create the cluster and its password when missing; refuse one that these programs cannot open."""
        cluster = self.folder.cluster
        if cluster.is_symlink():  # root changes owners below it, and must not be led elsewhere
            raise FolderRefused(f"{cluster} est un lien symbolique. Faites du dossier de données lui-même un lien.")
        if (cluster / "PG_VERSION").exists():
            self._check_version()
            self.identity.own_tree(cluster)
            self._forget_recycled_postmaster()
            if not self.folder.password.exists():
                announce("Mot de passe de la base absent : il est renouvelé…")
                self._renew_password()
        elif cluster.exists() and any(cluster.iterdir()):
            raise FolderRefused(
                f"{cluster} existe mais n'est pas une base PostgreSQL. Déplacez-le, ou choisissez un autre dossier."
            )
        else:
            announce("Création de la base…")
            self._create()

    def _check_version(self) -> None:
        found = major_of((self.folder.cluster / "PG_VERSION").read_text().strip())
        if found != self.binaries.major:
            raise ClusterOfAnotherVersion(
                f"La base de {self.folder.path} est de PostgreSQL {found}, les programmes de {self.binaries.folder} "
                f"sont de PostgreSQL {self.binaries.major}. Indiquez le dossier bin d'un PostgreSQL {found}, ou "
                "exportez la base avec lui (pg_dump) et importez-la dans un dossier de données neuf."
            )

    def _forget_recycled_postmaster(self) -> None:
        """Remove a `postmaster.pid` whose process number now belongs to another program.

        PostgreSQL sees through a dead number by itself, but takes a living one of the same user for a server and
        refuses to start; after a reboot, or in a container, numbers come again. We hold the server lock, so no
        server of ours runs; one that somebody started by hand is left to PostgreSQL to refuse.
        """
        lock_file = self.folder.cluster / "postmaster.pid"
        if not lock_file.exists():
            return
        process = lock_file.read_text().partition("\n")[0].strip()
        if process.isdecimal() and is_foreign_to(self.folder.cluster, int(process)):
            lock_file.unlink()

    def _create(self) -> None:
        if not self.identity.has_entry():
            raise ServerNotStarted(
                "PostgreSQL ne crée pas de base pour un utilisateur sans nom. Ajoutez son numéro à /etc/passwd, lancez "
                "la commande sous un autre utilisateur, ou indiquez un serveur PostgreSQL par DECOMPTE_DATABASE_URL."
            )
        unfinished = self.folder.unfinished_cluster
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        self.identity.own(unfinished)
        self._run(self._initdb_command(unfinished))
        _write_synced(unfinished / "pg_hba.conf", HBA)
        _write_synced(unfinished / "postgresql.conf", (unfinished / "postgresql.conf").read_text() + self._tuning())
        if not self.folder.password.exists():
            self.folder.write_secret(self.folder.password, secrets.token_hex(PASSWORD_BYTES))
        password = self.folder.password.read_text().strip()
        self._single_user(
            unfinished,
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'",
            f"GRANT pg_monitor TO {ROLE}",  # sees settings and statistics, changes none
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        )
        unfinished.rename(self.folder.cluster)
        sync_folder(self.folder.path)

    def _initdb_command(self, cluster: Path) -> list[str | Path]:
        command: list[str | Path] = [self.binaries.program("initdb"), "--pgdata", cluster]
        command += ["--username=postgres", "--auth=reject", "--encoding=UTF8", "--locale=C", "--data-checksums"]
        command += ["--text-search-config=simple", "--no-instructions"]
        if self.binaries.major >= MAJOR_WITH_BUILTIN_LOCALE:  # same order of text, and É is the capital of é
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return command

    def _tuning(self) -> str:
        return TUNING + IO_TUNING if self.binaries.major >= MAJOR_WITH_IO_METHOD else TUNING

    def _renew_password(self) -> None:
        password = secrets.token_hex(PASSWORD_BYTES)
        self._single_user(self.folder.cluster, f"ALTER ROLE {ROLE} PASSWORD '{password}'")
        self.folder.write_secret(self.folder.password, password)

    def _single_user(self, cluster: Path, *statements: str) -> None:
        """Run statements as the superuser with no server; each on one line, the first failure ends it."""
        command: list[str | Path] = [self.binaries.program("postgres"), "--single", "-D", cluster]
        for setting in ("exit_on_error=true", "log_min_error_statement=panic", "log_checkpoints=off"):
            command += ["-c", setting]
        self._run([*command, "postgres"], "".join(statement + "\n" for statement in statements))

    def _run(self, command: list[str | Path], text: str = "") -> None:
        try:
            done = subprocess.run(  # noqa: S603 - no shell, our own arguments
                command,
                input=text,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                cwd="/",
                env=environment(),
                timeout=CREATE_SECONDS_MAX,
                check=False,
                pass_fds=(self.lock,),
                preexec_fn=before_exec(self.identity, death_signal=signal.SIGTERM),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ServerNotStarted(f"{command[0]} ne s'exécute pas : {error}.") from error
        if done.returncode != 0:
            raise ServerNotStarted(
                f"{command[0]} a échoué (code {done.returncode}) :\n{done.stdout[-OUTPUT_CHARS_MAX:].strip()}"
            )


def environment() -> dict[str, str]:
    """What PostgreSQL sees of our environment: no secret of the settings, no PG* variable, no foreign language."""
    kept = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {"PATH": os.defpath, **found, "LC_ALL": "C", "TZ": "UTC"}


def _write_synced(path: Path, text: str) -> None:
    """Replace the content of a file that exists, keeping its owner."""
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
