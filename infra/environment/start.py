"""From `./decompte ARGUMENTS` to the project's command line, by the shortest way when all is ready.

This path runs before every command, so it reads one stamp and two small files, and nothing else is imported.
"""

import os
import sys
from pathlib import Path

from infra.environment.places import is_trusted, places
from infra.environment.stamp import is_ready, lock_for


def start(root: Path, arguments: list[str]) -> int:
    """Become the project's command line; return an exit code only when its environment cannot be made.

    It replaces this process, so that signals, standard input and the exit code are the command's own, and it keeps
    the folder of the caller: the files named on the command line are relative to it.
    """
    env = ready_environment(root, arguments)
    if env is None:
        from infra.environment.prepare import prepare_or_explain

        env = prepare_or_explain(root, lock_for(arguments))
    if env is not None:
        python = str(env / "bin" / "python")
        # -P: a folder `infra` or `ledger` where the caller happens to be must not be taken for the project's.
        os.execv(python, [python, "-P", "-m", "infra.cli.main", *arguments])  # noqa: S606 (no shell is meant)
    return 1


def ready_environment(root: Path, arguments: list[str]) -> Path | None:
    """The environment that this command can run in as it is, if there is one."""
    lock = lock_for(arguments)
    try:
        for place in places(root, os.environ):
            if is_ready(place.env, root, lock) and is_trusted(place, root):
                return place.env
    except FileNotFoundError as missing:
        sys.exit(f"Il manque {missing.filename} : cette copie du projet est incomplète.")
    return None
