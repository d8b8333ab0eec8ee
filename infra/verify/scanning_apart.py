"""The second process of a check: checks spans of a log as its input tells, and says on its output what it found.

Told first where the database is, what to see of it, which log and which function reads it; then a span a line.
"""

import importlib
import json
import struct
import sys
from typing import IO, TYPE_CHECKING

from infra.postgres.snapshot import joined
from infra.verify.plain import Span, Tiles, packed_tiles, plain_tiles, unpacked_tiles

if TYPE_CHECKING:
    from infra.preuve.log import Scan

READY = b"pret\n"
_LENGTH = struct.Struct(">I")
_NOT_PLAIN = 0xFFFFFFFF


def main() -> None:
    """Serve spans until the input ends."""
    told = json.loads(sys.stdin.buffer.readline())
    scan: Scan = getattr(importlib.import_module(told["module"]), told["nom"])
    out = sys.stdout.buffer
    with joined(told["url"], told["instantane"]) as connection:
        out.write(READY)
        out.flush()
        for line in sys.stdin.buffer:
            write_tiles(out, plain_tiles(connection, scan, told["journal"], Span(*json.loads(line))))
            out.flush()


def write_tiles(out: IO[bytes], tiles: Tiles | None) -> None:
    """The tiles of a span behind their length, or that it is not plain."""
    content = b"" if tiles is None else packed_tiles(tiles)
    out.write(_LENGTH.pack(_NOT_PLAIN if tiles is None else len(content)) + content)


def read_tiles(source: IO[bytes], span: Span) -> Tiles | None:
    """What `write_tiles` wrote of this span. Raises EOFError."""
    (length,) = _LENGTH.unpack(_read(source, _LENGTH.size))
    return None if length == _NOT_PLAIN else unpacked_tiles(_read(source, length), span)


def _read(source: IO[bytes], length: int) -> bytes:
    content = source.read(length)
    if len(content) < length:
        raise EOFError
    return content


if __name__ == "__main__":
    main()
