"""A client in a process of its own, to be killed: attaches, says so, leaves when its input ends.

Run as `python -m tests.embedded.client FOLDER [BIN_DIR]`. Prints `announce …` lines, then `url …`.
"""

import sys
from pathlib import Path

from infra.embedded.errors import EmbeddedError
from infra.embedded.server import EmbeddedServer


def say(kind: str, text: str) -> None:
    print(kind, text, flush=True)


def main(folder: str, bin_dir: str | None = None) -> int:
    try:
        server = EmbeddedServer.attach(
            Path(folder),
            bin_dir=Path(bin_dir) if bin_dir else None,
            announce=lambda message: say("announce", message),
        )
    except EmbeddedError as error:
        say("error", f"{error.code} {error}")
        return 1
    with server:
        say("url", server.url)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
