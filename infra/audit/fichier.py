"""A file of exported lines: begun, cut off, taken up again where its last whole line ends; compressed or not.

A compressed file is a row of gzip members, one for each piece that was written: what a cut spoils is the last one.
"""

import gzip
import os
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

READ_BYTES = 1 << 20
COMPRESSION = 6
_GZIP = 31
"""How zlib calls a gzip member, header and end included."""


class AutreFichier(Exception):
    """This file does not hold lines of this journal: nothing was written."""


class Fin(NamedTuple):
    """Where the whole part of a file ends: its last line (None: there is none), and how many bytes it is long."""

    line: bytes | None
    length: int


class _Place(msgspec.Struct):
    position: int


class Fichier:
    """An export being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_compressed = path.suffix == ".gz"
        self._file: BinaryIO | None = None

    def end(self) -> Fin:
        """What is whole in the file; nothing when it is not there. Raises AutreFichier."""
        if not self._path.exists():
            return Fin(None, 0)
        with self._path.open("rb") as file:
            try:
                return _end_of_members(file) if self._is_compressed else _end_of_lines(file)
            except zlib.error:
                raise AutreFichier(f"{self._path} n'est pas un fichier gzip") from None

    def open(self, length: int) -> None:
        """Write from here on: what is past `length`, a line or a member cut off, is given up."""
        self._file = self._path.open("r+b" if self._path.exists() else "w+b")
        self._file.truncate(length)
        self._file.seek(length)

    def write(self, lines: bytes) -> None:
        """Whole lines."""
        assert self._file is not None
        self._file.write(gzip.compress(lines, COMPRESSION, mtime=0) if self._is_compressed else lines)

    def close(self) -> None:
        """On disk when this returns."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


def position_of(line: bytes) -> int:
    """The position of a line. Raises AutreFichier."""
    try:
        return msgspec.json.decode(line, type=_Place).position
    except msgspec.MsgspecError:
        raise AutreFichier("la dernière ligne du fichier n'est pas un événement") from None


def _end_of_lines(file: BinaryIO) -> Fin:
    """Looked for from the end: a file may be long."""
    length = file.seek(0, os.SEEK_END)
    tail = b""
    at = length
    while at > 0 and tail[:-1].count(b"\n") < 2:
        step = min(READ_BYTES, at)
        at -= step
        file.seek(at)
        tail = file.read(step) + tail
    last = tail.rfind(b"\n")
    if last < 0:
        return Fin(None, 0)
    whole = at + last + 1
    return Fin(tail[tail.rfind(b"\n", 0, last) + 1 : last], whole)


def _end_of_members(file: BinaryIO) -> Fin:
    """Every member is read, a piece at a time: where one ends is written nowhere."""
    found, at = Fin(None, 0), 0
    member, tail = zlib.decompressobj(_GZIP), b""
    while chunk := file.read(READ_BYTES):
        while chunk:
            tail = _last_line(tail + member.decompress(chunk))
            at += len(chunk) - len(member.unused_data)
            chunk = member.unused_data
            if not member.eof:
                break
            found = Fin(tail.rstrip(b"\n") or None, at)
            member, tail = zlib.decompressobj(_GZIP), b""
    return found


def _last_line(content: bytes) -> bytes:
    """The end of some lines, from the beginning of the last whole one."""
    last = content.rfind(b"\n")
    return content[content.rfind(b"\n", 0, last) + 1 :] if last >= 0 else content
