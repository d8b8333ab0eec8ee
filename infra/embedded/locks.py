"""Advisory locks on files that the kernel releases when the last holder is gone, even after `kill -9`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

if sys.platform != "win32":  # the package must be importable everywhere; `attach` refuses Windows clearly
    import fcntl

POLL_SECONDS = 0.02


class FileLock:
    """One open description of a lock file, and the `flock` it may hold.

    Never unlocked, only closed: `LOCK_UN` would also release the copies that other processes inherited, and those
    copies are how a lock outlives the process that took it.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open `path`, created readable by its owner only. A symbolic link is refused (OSError)."""
        return cls(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """Open `path` to look at it. Raises FileNotFoundError when nobody has created it."""
        return cls(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))

    def try_shared(self) -> bool:
        """Share the lock now, or say that somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold the lock alone now, or say that somebody holds it."""
        return self._try(fcntl.LOCK_EX)

    def close(self) -> None:
        """Let go of this copy; twice is the same as once."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _try(self, mode: int) -> bool:
        try:
            fcntl.flock(self.descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def held_alone(path: Path) -> Iterator[FileLock | None]:
    """The exclusive lock of `path` for the time of a block, or None when somebody else has it now."""
    with FileLock.open(path) as lock:
        yield lock if lock.try_exclusive() else None


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of `path` alone now. A file that is gone is held by nobody."""
    try:
        lock = FileLock.open_existing(path)
    except FileNotFoundError:
        return False
    with lock:
        return not lock.try_shared()
