"""The peak memory of a process and of all that it starts, looked at from outside.

On Linux the proportional set size: pages that several processes share are counted once. Elsewhere nothing is seen
here, and the process's own account stands alone.
"""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

LOOK_EVERY_SECONDS = 0.1


class MemoryWatch:
    """Looks at a process tree until told to stop; at its beginning and its end too, however short the time between."""

    def __init__(self, process: int) -> None:
        self.peak_bytes = 0
        self._process = process
        self._stopped = Event()
        self._thread = Thread(target=self._keep_looking, name="memory-watch", daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._look()

    def _keep_looking(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        self.peak_bytes = max(self.peak_bytes, sum(map(_used_bytes, _tree(self._process))))


def _tree(process: int) -> Iterator[int]:
    """A process and its descendants, as far as they still live."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            named = children.read_text().split()
        except OSError:
            continue
        for child in named:
            yield from _tree(int(child))


def _used_bytes(process: int) -> int:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
