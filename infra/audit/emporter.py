"""The journal into a file of lines, taken up again where it was cut off."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg

from infra.audit.export import export_journal
from infra.audit.fichier import AutreFichier, Fichier, position_of

Progress = Callable[[int, int], None]
"""Called with how many events were written, and of how many."""


class Emporte(NamedTuple):
    """What was written: from which position, to which, how many events."""

    depuis: int
    jusqu_a: int
    evenements: int


def emporter(url: str, path: Path, *, depuis: int, head: int, progress: Progress = lambda *_: None) -> Emporte:
    """Write the events of the positions from `depuis` to `head`; a file that holds some goes on after its last one.

    Raises AutreFichier when that one is not of this journal.
    """
    file = Fichier(path)
    line, length = file.end()
    with psycopg.connect(url, autocommit=True) as connection:
        if line is not None:
            last = position_of(line)
            mine = b"".join(lines for _, lines in export_journal(connection, after=last - 1, upto=last))
            if mine.rstrip(b"\n") != line:
                raise AutreFichier(f"{path} vient d'un autre journal (position {last})")
            depuis = last + 1
        file.open(length)
        try:
            done = 0
            for position, lines in export_journal(connection, after=depuis - 1, upto=head):
                file.write(lines)
                done = position - depuis + 1
                progress(done, max(0, head - depuis + 1))
        finally:
            file.close()
    return Emporte(depuis, head, done)
