"""Rebuild the read models until standard input ends: `python -m infra.bench.programs.rebuilding`."""

import sys
import threading

from infra.bootstrap import collect_seldom, open_services
from infra.projections.courtesy import lower_own_priority, lower_session_priority
from infra.projections.rebuild import rebuild
from infra.settings import read_settings


def main() -> None:
    """Say one line when the first rebuild begins; the one under way is finished before leaving."""
    is_stopping = threading.Event()
    collect_seldom()
    with open_services(read_settings()) as services:

        def wait_for_end_of_input() -> None:
            sys.stdin.read()
            is_stopping.set()

        threading.Thread(target=wait_for_end_of_input, daemon=True).start()
        lower_own_priority()  # as the command does
        print("debut", flush=True)
        while not is_stopping.is_set():
            rebuild(services.url, on_session=lower_session_priority)


if __name__ == "__main__":
    main()
