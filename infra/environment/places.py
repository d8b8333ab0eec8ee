"""Where the environment lives: in the project when its folder can be written, else in a cache of the user."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from infra.environment.stamp import PYTHON, RUNTIME_LOCK, TEST_LOCK, hash_of


class Place(NamedTuple):
    """An environment, and the folder of what several share: tools, caches, and the lock of their set-up."""

    env: Path
    state: Path

    @property
    def lock_file(self) -> Path:
        return self.state / "environnement.lock"


def places(root: Path, environ: Mapping[str, str]) -> Iterator[Place]:
    """Every place where a finished environment may be, the usual one first."""
    state = root / ".decompte"
    yield Place(root / ".venv", state)
    # `.venv` belongs to the Python that made it; another one, asked for by name, gets its own beside.
    yield Place(state / f"env-{PYTHON}", state)
    for state in _caches(environ):
        # Keyed by the locks too: the project cannot be written here, so it may well be shared and change at once.
        key = hashlib.sha256(
            "\0".join([str(root), PYTHON, hash_of(root / RUNTIME_LOCK), hash_of(root / TEST_LOCK)]).encode()
        ).hexdigest()[:16]
        yield Place(state / f"env-{key}", state)


def is_trusted(place: Place, root: Path) -> bool:
    """Whether nobody else could have written what we would run; the project's own folder is trusted as a whole."""
    return place.state.parent == root or _is_private(place.state)


def can_hold(place: Place, root: Path) -> bool:
    """Whether the environment may be made or changed here by this user; makes the folder of the state."""
    try:
        if place.state.parent == root:
            if not os.access(root, os.W_OK):
                return False
            place.state.mkdir(exist_ok=True)
        else:
            place.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_private(place.state):
                return False
    except OSError:
        return False
    return os.access(place.state, os.W_OK) and (not place.env.exists() or os.access(place.env, os.W_OK))


def user_cache(environ: Mapping[str, str]) -> Path | None:
    """The folder of the user's caches, when there is a home to put it in."""
    if environ.get("XDG_CACHE_HOME", "").startswith("/"):
        return Path(environ["XDG_CACHE_HOME"])
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 (it answers "~" where Path.home raises)
    return Path(home) / ".cache" if home.startswith("/") else None


def _caches(environ: Mapping[str, str]) -> Iterator[Path]:
    cache = user_cache(environ)
    if cache is not None:
        yield cache / "decompte"
    # No home, or one that cannot be written, as for `nobody` or in a container with a bare user number.
    yield Path(environ.get("TMPDIR") or "/tmp") / f"decompte-{os.getuid()}"  # noqa: S108 (see _is_private)


def _is_private(folder: Path) -> bool:
    """A folder of ours that no other account can write: names in /tmp can be taken by anybody first."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022
