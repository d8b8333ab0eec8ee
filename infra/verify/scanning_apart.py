"""The second process of a check: reads ranges of entries as it is told on its input, and hands them back on its output.

Told first where the database is, what to see of it and which function reads; then a range a line.
"""

import importlib
import json
import struct
import sys
from collections.abc import Callable
from typing import IO, Any

from psycopg import Connection

from infra.postgres.snapshot import joined

READY = b"pret\n"
_HEAD = struct.Struct(">IQ")
_ABSENT = 0xFFFFFFFF

Scan = Callable[[Connection[Any], int, int], list[bytes | None]]
"""The entries of the indices [after, upto): a function of a module, so that another process finds it by its name."""


def main() -> None:
    """Serve ranges until the input ends."""
    told = json.loads(sys.stdin.buffer.readline())
    scan: Scan = getattr(importlib.import_module(told["module"]), told["nom"])
    out = sys.stdout.buffer
    with joined(told["url"], told["instantane"]) as connection:
        out.write(READY)
        out.flush()
        for line in sys.stdin.buffer:
            after, upto = json.loads(line)
            write_entries(out, scan(connection, after, upto))
            out.flush()


def write_entries(out: IO[bytes], entries: list[bytes | None]) -> None:
    """Entries in one piece behind their common length where they have one, else each behind its own."""
    whole = [entry for entry in entries if entry is not None]
    lengths = set(map(len, whole))
    if len(lengths) == 1 and len(whole) == len(entries) and 0 not in lengths:
        out.write(_HEAD.pack(lengths.pop(), len(entries)))
        out.write(b"".join(whole))
        return
    out.write(_HEAD.pack(0, len(entries)))
    for entry in entries:
        out.write(struct.pack(">I", _ABSENT if entry is None else len(entry)) + (entry or b""))


def read_entries(source: IO[bytes]) -> list[bytes | None]:
    """What `write_entries` wrote. Raises EOFError."""
    length, count = _HEAD.unpack(_read(source, _HEAD.size))
    if length:
        content = _read(source, length * count)
        return [content[i : i + length] for i in range(0, len(content), length)]
    entries: list[bytes | None] = []
    for _ in range(count):
        (own,) = struct.unpack(">I", _read(source, 4))
        entries.append(None if own == _ABSENT else _read(source, own))
    return entries


def _read(source: IO[bytes], length: int) -> bytes:
    content = source.read(length)
    if len(content) < length:
        raise EOFError
    return content


if __name__ == "__main__":
    main()
