"""A projection worker until standard input ends: `python -m infra.bench.programs.projecting`."""

import resource
import sys
import threading

import msgspec

from infra.bootstrap import collect_seldom, open_services
from infra.settings import read_settings


class Projected(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time of the worker's thread at work, PostgreSQL's not included."""

    cpu_seconds: float


def main() -> None:
    """Work from the first line of input to the last, then write the report on standard output."""
    collect_seldom()
    with open_services(read_settings()) as services:
        worker = services.projection_worker()
        thread = threading.Thread(target=worker.run)
        thread.start()
        sys.stdin.readline()
        before = _cpu_seconds()
        sys.stdin.readline()
        report = Projected(cpu_seconds=_cpu_seconds() - before)
        worker.stop()
        thread.join()
    sys.stdout.buffer.write(msgspec.json.encode(report))


def _cpu_seconds() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


if __name__ == "__main__":
    main()
