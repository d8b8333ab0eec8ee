"""Run PostgreSQL, which refuses root, as an unprivileged user, without touching users or folders of the machine.

Started as root, we become the owner of the data folder, or `nobody` when that is root too. The trap: the folder, or
the programs, often sit below a folder that only root may cross (`/root`, `mktemp -d`). Opening the parents would show
other people's files; so the child keeps ONE capability instead, the one that lets it cross folders, as an *ambient*
capability: it survives `exec`, also of what `initdb` starts through a shell. PostgreSQL has no SQL user that could
read files with it: the only role that can sign in is not a superuser (see `cluster.py`).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.embedded.errors import RootNotDroppable

if sys.platform != "win32":
    import pwd

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
NOBODY = 65534  # by convention
TRIAL_SECONDS_MAX = 30.0

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 4
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class Identity:
    """Who PostgreSQL runs as: `uid` None is the present user; `capability` is kept to cross closed folders."""

    uid: int | None
    gid: int
    capability: int | None

    def assume(self) -> None:
        """Become this user, for ever, in the present process. To be called between fork and exec."""
        if self.uid is None:
            return
        if self.capability is not None:
            # Keeps capabilities across setuid, and makes access(2) honour them: it ignores them for a user
            # who is not root otherwise, and initdb and postgres look for their own programs with it.
            _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            _keep_only(self.capability)

    def has_entry(self) -> bool:
        """Whether the machine knows a name for this user."""
        try:
            pwd.getpwuid(os.geteuid() if self.uid is None else self.uid)
        except KeyError:
            return False
        return True

    def own(self, path: Path) -> None:
        """Make a file or folder belong to this user."""
        if self.uid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, root: Path) -> None:
        """Make a whole cluster belong to this user, for instance one that root restored from a backup."""
        if self.uid is None or root.stat().st_uid == self.uid:
            return
        for parent, folders, files in os.walk(root):
            for name in folders + files:
                self.own(Path(parent) / name)
        self.own(root)  # last, so that an interrupted change is begun again


def identity_for(folder: Path, *, programs: Iterable[Path], entered: Iterable[Path]) -> Identity:
    """Who PostgreSQL shall be for this data folder: someone who can enter it and the `entered`, and run the
    `programs`.

    Tried for real, with no capability first, because modes alone do not tell (access lists, containers, umask 077).
    Raises `RootNotDroppable` when root cannot become such a user.
    """
    if os.geteuid() != 0:
        return Identity(uid=None, gid=os.getegid(), capability=None)
    uid, gid = _unprivileged_user(folder)
    # READ_SEARCH cannot write other people's files; containers often have OVERRIDE only.
    capabilities = (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if sys.platform == "linux" else (None,)
    for capability in capabilities:
        identity = Identity(uid=uid, gid=gid, capability=capability)
        if all(_can_run(identity, program, [folder, *entered]) for program in programs):
            return identity
    raise RootNotDroppable(
        f"PostgreSQL refuse de tourner sous root, et l'utilisateur n° {uid} ne peut pas atteindre {folder} ou "
        f"exécuter {', '.join(map(str, programs))}. Lancez la commande sous un utilisateur ordinaire, choisissez un "
        "dossier --data que tous peuvent traverser, ou indiquez un serveur PostgreSQL par DECOMPTE_DATABASE_URL."
    )


def before_exec(identity: Identity, *, death_signal: int) -> Callable[[], None]:
    """What a child does between fork and exec: become `identity`, and die with its parent (Linux).

    The parent must have one thread only, because the kernel sends the signal when the *thread* that forked ends.
    """
    parent = os.getpid()
    _libc()  # loaded before the fork

    def prepare() -> None:
        identity.assume()
        if sys.platform == "linux":
            _prctl(_PR_SET_PDEATHSIG, int(death_signal))  # after setuid, which would clear it
            if os.getppid() != parent:  # the parent died before the line above
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def _unprivileged_user(folder: Path) -> tuple[int, int]:
    """The owner of the folder, or nobody when that is root or a number without an entry, which initdb refuses."""
    owner = folder.stat().st_uid
    with contextlib.suppress(KeyError):
        if owner != 0:
            return pwd.getpwuid(owner)[2:4]
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("nobody")[2:4]
    return NOBODY, NOBODY


def _can_run(identity: Identity, program: Path, entered: Iterable[Path]) -> bool:
    become = before_exec(identity, death_signal=signal.SIGKILL)

    def prepare() -> None:
        become()
        for path in entered:
            os.stat(os.path.join(path, "."))  # noqa: PTH116, PTH118 - pathlib drops the dot, which means "enter"
        if not os.access(program, os.R_OK | os.X_OK):  # as initdb and postgres ask about their own programs
            raise PermissionError(program)

    try:
        done = subprocess.run(  # noqa: S603 - no shell, fixed arguments
            [program, "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=TRIAL_SECONDS_MAX,
            check=False,
            preexec_fn=prepare,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _keep_only(capability: int) -> None:
    """Reduce all capabilities to one and make it ambient, so that `exec` keeps it."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    words = ctypes.c_uint32 * 6  # (effective, permitted, inheritable) for bits 0-31, then for bits 32-63
    bit = 1 << capability
    header, sets = Header(_CAPABILITY_VERSION_3, 0), words(bit, bit, bit, 0, 0, 0)
    if _libc().capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _prctl(option: int, argument: int, second: int = 0) -> None:
    values = (ctypes.c_ulong(argument), ctypes.c_ulong(second), ctypes.c_ulong(0), ctypes.c_ulong(0))
    if _libc().prctl(ctypes.c_int(option), *values) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
