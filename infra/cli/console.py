"""What the commands say: French lines on standard error, a progress bar on a terminal and plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

PLAIN_LINE_EVERY_SECONDS = 5.0

console = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line for the person at the keyboard; standard output is for results."""
    console.print(text, markup=False, soft_wrap=True)


def number(value: int) -> str:
    """A whole number as French people write it: 12 345."""
    return f"{value:,}".replace(",", "\u202f")


Report = Callable[[int, int | None], None]
"""Called with how much is done, and of how much when known."""


@contextmanager
def progress(label: str, unit: str) -> Iterator[Report]:
    """A bar with rate and remaining time on a terminal; a plain line now and then otherwise."""
    started = time.monotonic()

    def rate(done: int) -> str:
        return f"{number(round(done / max(time.monotonic() - started, 0.001)))} {unit}/s"

    if not console.is_terminal:
        last = started

        def report_plainly(done: int, total: int | None) -> None:
            nonlocal last
            if time.monotonic() - last >= PLAIN_LINE_EVERY_SECONDS:
                last = time.monotonic()
                of = f" / {number(total)}" if total else ""
                print(f"{label} : {number(done)}{of} {unit}, {rate(done)}", file=sys.stderr, flush=True)

        yield report_plainly
        return

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None, rate="")

        def report(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, rate=rate(done))

        yield report
