"""Rebuild the read models once, telling when half is done: `python -m infra.bench.programs.rebuilding_once`."""

import signal

from infra.bootstrap import open_services
from infra.projections.courtesy import lower_own_priority, lower_session_priority
from infra.projections.rebuild import rebuild
from infra.settings import read_settings

HALF = "moitie"
DONE = "fini"


def main() -> None:
    """Say HALF, then DONE once swapped."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background commands ignore it
    is_told = False

    def tell(done: int, total: int) -> None:
        nonlocal is_told
        if not is_told and done * 2 >= total:
            is_told = True
            print(HALF, flush=True)

    with open_services(read_settings()) as services:
        lower_own_priority()  # as the command does
        rebuild(services.url, on_session=lower_session_priority, progress=tell)
        print(DONE, flush=True)


if __name__ == "__main__":
    main()
