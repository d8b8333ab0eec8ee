"""A program that changes the master key of a data folder, and is killed at a point of its way.

python -m tests.journal.rotating FOLDER POINT
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.cli import rotation
from infra.journal import racine


def killed_at(module: Any, name: str, *, after: bool = False) -> None:
    """End this process, as `kill -9` does, where a function of a module is called, or once it has returned."""
    original: Callable[..., Any] = getattr(module, name)

    def die(*arguments: Any, **options: Any) -> None:
        if after:
            original(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, die)


POINTS: dict[str, Callable[[], None]] = {
    "key_written": lambda: killed_at(rotation, "rotate"),
    "keys_wrapped": lambda: killed_at(racine, "_rewrap", after=True),
    "committed": lambda: killed_at(rotation, "promote_next"),
}

if __name__ == "__main__":
    POINTS[sys.argv[2]]()
    rotation.rotate_key(nouvelle_cle=None, data=Path(sys.argv[1]))
