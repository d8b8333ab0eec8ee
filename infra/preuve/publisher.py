"""What leaves the house: every checkpoint as a file in a place of the auditor's, and to witnesses.

A worker beside the sealer, woken by it: a witness or a disk that is slow holds up no seal. What could not be done is
tried again. A file is written whole or not at all, and never over another checkpoint of the same size: a fork.
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra import metrics
from infra.postgres.notices import wait_for_notice
from infra.postgres.sql import statements
from infra.preuve.log import Log, LogAltered
from infra.preuve.merkle import subtree_hash
from infra.preuve.note import Checkpoint, NoteRefused, open_checkpoint
from infra.preuve.sealer import CHANNEL
from infra.preuve.store import keep_cosignature, narrowed, point_of, read_head, tile_reader
from infra.preuve.tuiles import node_from, tiles_of
from infra.preuve.witness import Witness, WitnessAway, WitnessDisagrees

POINTS_AT_ONCE = 500
RETRY_SECONDS = 30.0
"""How long a witness that did not answer is left alone."""

WAIT_SECONDS_MAX = 30.0
_SQL = statements("infra.preuve", "preuve.sql")
log = structlog.get_logger(__name__)


class NotPast(LogAltered):
    """A checkpoint kept elsewhere is none of the log's past. `size`: what the log has; `is_cut`: less than that."""

    def __init__(self, message: str, *, size: int, is_cut: bool) -> None:
        super().__init__(message)
        self.size = size
        self.is_cut = is_cut


class Publisher:
    """Exports checkpoints and asks witnesses, until stopped."""

    def __init__(
        self, url: str, logs: Sequence[Log], *, folder: Path | None = None, witnesses: Sequence[Witness] = ()
    ) -> None:
        self._url = url
        self._logs = logs
        self._folder = folder
        self._witnesses = witnesses
        self._away_until: dict[tuple[str, str], float] = {}
        self._stopped = Event()

    def stop(self) -> None:
        """Ask it to stop soon."""
        self._stopped.set()

    def run(self) -> None:
        """Publish until stopped; survives a database, a disk or a witness that goes away."""
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, row_factory=dict_row) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopped.is_set():
                        self.publish(connection)
                        wait_for_notice(connection, self._stopped, seconds_max=WAIT_SECONDS_MAX)
            except (psycopg.Error, OSError) as error:
                if self._stopped.is_set():
                    return
                log.warning("publication_interrompue", erreur=type(error).__name__)
                self._stopped.wait(RETRY_SECONDS)

    def publish(self, connection: Connection[DictRow]) -> None:
        """Once, whatever is new of every log."""
        for each in self._logs:
            try:
                if self._folder is not None:
                    export_points(connection, each, self._folder)
                cosigned = [self._ask(connection, each, witness) for witness in self._witnesses]
                if any(cosigned) and self._folder is not None:
                    export_last(connection, each, self._folder)
            except LogAltered as altered:
                metrics.PROOF_FAULTS.labels(each.name).inc()
                log.error("preuve_alteree", journal=each.name, lieu=str(altered))

    def _ask(self, connection: Connection[DictRow], each: Log, witness: Witness) -> bool:
        """Whether the witness cosigned a checkpoint."""
        asked = (each.name, witness.url)
        if time.monotonic() < self._away_until.get(asked, 0.0):
            return False
        parameters = {"journal": each.name, "cle": str(witness.vkey)}
        row = connection.execute(_SQL["cosigned_size"], parameters).fetchone()
        known = int(row["taille"]) if row else 0
        found = point_of(connection, each)
        if found is None or found[0].size <= known:
            return False
        point, note = found
        issue = "cosigne"
        try:
            line = witness.cosign(point, note, tile_reader(connection, each), known=known)
            keep_cosignature(connection, each, taille=point.size, cle=witness.vkey, ligne=line)
        except WitnessAway as away:
            issue = "absent"
            log.warning("temoin_absent", journal=each.name, temoin=witness.vkey.name, raison=str(away))
        except WitnessDisagrees as disagrees:
            issue = "desaccord"
            metrics.PROOF_FAULTS.labels(each.name).inc()
            log.error("temoin_en_desaccord", journal=each.name, temoin=witness.vkey.name, raison=str(disagrees))
        metrics.WITNESSED.labels(each.name, issue).inc()
        if issue != "cosigne":
            self._away_until[asked] = time.monotonic() + RETRY_SECONDS
        return issue == "cosigne"


def export_points(connection: Connection[DictRow], each: Log, folder: Path) -> int:
    """Write the checkpoints that the folder lacks, oldest first; how many.

    Raises LogAltered when its last one is none of this log's past: the log was cut or rewritten since.
    """
    place = folder / each.name
    place.mkdir(parents=True, exist_ok=True)
    last = _last_exported(place)
    if last is not None:
        check_past(connection, each, last.read_bytes())
    after, written = (_size_of(last) if last else 0), 0
    while rows := connection.execute(
        _SQL["points"], {"journal": each.name, "apres": after, "limit": POINTS_AT_ONCE}
    ).fetchall():
        for row in rows:
            after = row["taille"]
            found = point_of(connection, each, after)
            if found is not None:
                _write(place / _name(after), found[1])
                written += 1
    return written


def export_last(connection: Connection[DictRow], each: Log, folder: Path) -> None:
    """Write the last checkpoint once more, with the cosignatures that came."""
    found = point_of(connection, each)
    if found is not None:
        _write(folder / each.name / _name(found[0].size), found[1])


def export_tiles(connection: Connection[DictRow], each: Log, folder: Path) -> int:
    """Write the whole log as C2SP tlog-tiles lays it out, for any web server to publish; how many files.

    A tile that is there is left as it is: it never changes. The checkpoint comes last.
    """
    found = point_of(connection, each)
    if found is None:
        return 0
    point, note = found
    tile, written = narrowed(tile_reader(connection, each), point.size), 0
    for each_tile in tiles_of(point.size):
        file = folder / each.name / "tile" / each_tile.path
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file, tile(each_tile.level, each_tile.number))
            written += 1
    _write(folder / each.name / "checkpoint", note)
    return written + 1


def check_past(connection: Connection[DictRow], each: Log, exported: bytes) -> Checkpoint:
    """Raises LogAltered unless this checkpoint, kept elsewhere, is one of the log's past."""
    try:
        point, _ = open_checkpoint(exported, each.vkey)
    except NoteRefused as refused:
        raise LogAltered(f"point exporté : {refused}") from None
    head = read_head(connection, each)
    size = head.taille if head else 0
    if point.size > size:
        raise NotPast(
            f"{each.name} position {size + 1} : queue coupée, {size} entrées, le point exporté en a {point.size}",
            size=size,
            is_cut=True,
        )
    tiles = narrowed(tile_reader(connection, each), point.size)
    try:
        root = subtree_hash(0, point.size, node_from(tiles))
    except ValueError as missing:
        raise LogAltered(f"preuve_tuile {each.name} : {missing}") from None
    if root != point.root:
        raise NotPast(
            f"{each.name} : bifurcation, les {point.size} premières entrées ne sont pas celles du point exporté",
            size=size,
            is_cut=False,
        )
    return point


def exported_points(folder: Path) -> Iterator[Path]:
    """The checkpoints in a folder of one log, oldest first."""
    yield from sorted((f for f in folder.iterdir() if _FILE.fullmatch(f.name)), key=_size_of)


_FILE = re.compile(r"([0-9]{12,})\.point")


def _name(size: int) -> str:
    return f"{size:012d}.point"


def _size_of(file: Path) -> int:
    return int(file.stem)


def _last_exported(place: Path) -> Path | None:
    return max((f for f in place.iterdir() if _FILE.fullmatch(f.name)), key=_size_of, default=None)


def _write(file: Path, content: bytes) -> None:
    """The file is there whole, or not: also after a power cut. Raises LogAltered over another checkpoint."""
    if file.suffix == ".point" and file.exists():
        kept = file.read_bytes()
        if kept.partition(b"\n\n")[0] != content.partition(b"\n\n")[0]:
            raise LogAltered(f"bifurcation, {file.name} existe déjà et dit autre chose")
        if kept == content:
            return
    partial = file.with_name(f".{file.name}.{os.getpid()}.partiel")
    with partial.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    partial.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
