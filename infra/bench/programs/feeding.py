"""Import a feed as `decompte import` does, and report what it took: `python -m infra.bench.programs.feeding FILE`."""

import resource
import sys
import time
from pathlib import Path

import msgspec

from commands.intake.take import Source
from commands.ports import Provenance
from infra.bootstrap import collect_seldom, open_services
from infra.intake.flow import chunks_of, take_flow
from infra.settings import read_settings
from infra.trace import new_trace_id

_STATUS = Path("/proc/self/status")
_PEAK = "VmHWM:"
_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class Fed(msgspec.Struct, frozen=True, kw_only=True):
    """What an import took, from the first byte read to the last event durable: wall time, and processor time of this
    process and of those that it started.
    """

    messages: int
    events: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def main(file: str) -> None:
    """Import, then write the report on standard output."""
    collect_seldom()
    with open_services(read_settings()) as services:
        before = services.journal.position()
        cpu_before = _cpu_seconds()
        begun = time.perf_counter()
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            totals = take_flow(
                chunks_of(stream),
                intake=services.intake,
                source=Source(origine="bench", deposant="bench"),
                provenance=Provenance(actor="bench", trace_id=new_trace_id()),
            )
        seconds, cpu_seconds = time.perf_counter() - begun, _cpu_seconds() - cpu_before
        events = services.journal.position() - before
    if totals.en_quarantaine:
        sys.exit(f"{totals.en_quarantaine} messages refusés : {totals.rejets[:3]}")
    report = Fed(
        messages=totals.recus,
        events=events,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_bytes=_peak_bytes(),
    )
    sys.stdout.buffer.write(msgspec.json.encode(report))


def _peak_bytes() -> int:
    """The peak of this program's own memory.

    Linux hands on, in `ru_maxrss`, how large the process was that started this one.
    """
    if _STATUS.exists():
        [peak] = [line for line in _STATUS.read_text().splitlines() if line.startswith(_PEAK)]
        return int(peak.removeprefix(_PEAK).removesuffix("kB")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES


def _cpu_seconds() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main(sys.argv[1])
