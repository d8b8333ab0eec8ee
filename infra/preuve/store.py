"""A log as PostgreSQL keeps it: its head, tiles, checkpoints and cosignatures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from infra.journal.keyring import Keyring
from infra.postgres.sql import statements
from infra.preuve.log import Entries, Head, Log, LogAltered
from infra.preuve.merkle import HASH_BYTES, TILE_HASHES, Added, Edge, leaf_hash
from infra.preuve.note import Checkpoint, NoteRefused, Vkey, open_checkpoint, with_signatures
from infra.preuve.tuiles import ENTRIES, bundle, entries_of, hashes_of, width_at

_SQL = statements("infra.preuve", "preuve.sql")


class OriginChanged(Exception):
    """The log was begun under another origin than the one of the settings."""


def open_log(
    connection: Connection[DictRow],
    *,
    name: str,
    wanted: str | None,
    default: str,
    keyring: Keyring,
    entries: Entries,
) -> Log:
    """The log under the origin that it was begun with; begun now under `wanted`, or `default`, when it was not yet.

    Raises OriginChanged when another origin is wanted: checkpoints already name the first one.
    """
    log = Log(name=name, origin=wanted or default, keyring=keyring, entries=entries)
    head = Head(nom=log.name, origine=log.origin)
    connection.execute(_SQL["begin"], {"nom": log.name, "origine": log.origin, "mac": log.head_mac(head)})
    row = connection.execute(_SQL["head"], {"nom": name}).fetchone()
    begun = row["origine"] if row else log.origin
    if wanted is not None and wanted != begun:
        raise OriginChanged(
            f"Le journal de preuve « {name} » a été commencé sous l'origine {begun} : DECOMPTE_PREUVE_ORIGINE n'y "
            "change rien, l'enlever ou la remettre."
        )
    return log if begun == log.origin else Log(name=name, origin=begun, keyring=keyring, entries=entries)


def read_head(connection: Connection[DictRow], log: Log) -> Head | None:
    """Where the log ends; None when it has no head. Raises LogAltered."""
    return head_of(log, connection.execute(_SQL["head"], {"nom": log.name}).fetchone())


def take_head(connection: Connection[DictRow], log: Log, *, is_patient: bool = True) -> Head | None:
    """Where the log ends, held until the transaction ends; None when another holds it and one is not patient.

    Raises LogAltered.
    """
    query = _SQL["take_head" if is_patient else "try_head"]
    return head_of(log, connection.execute(query, {"nom": log.name}).fetchone())


def move_head(connection: Connection[DictRow], log: Log, head: Head) -> None:
    """The head as it is from here on."""
    connection.execute(
        _SQL["move_head"],
        {
            "nom": head.nom,
            "taille": head.taille,
            "points": head.points,
            "cosignatures": head.cosignatures,
            "mac": log.head_mac(head),
        },
    )


def head_of(log: Log, row: Mapping[str, Any] | None) -> Head | None:
    """The head in a row. Raises LogAltered when its MAC is not its own."""
    if row is None:
        return None
    head = Head(**{name: row[name] for name in ("nom", "origine", "taille", "points", "cosignatures")})
    if bytes(row["mac"]) != log.head_mac(head) or head.nom != log.name:
        raise LogAltered(f"preuve_journal {log.name} : la tête du journal de preuve a été modifiée")
    return head


def read_edge(connection: Connection[DictRow], log: Log, size: int) -> Edge:
    """The right edge of the log at its size, checked against its last checkpoint. Raises LogAltered."""
    levels = []
    tiles = tile_reader(connection, log)
    rest, level = size, 0
    while rest:
        number, width = divmod(rest, TILE_HASHES)
        content = tiles(level, number) if width else b""
        if len(content) != width * HASH_BYTES:
            raise LogAltered(f"preuve_tuile {log.name} {level}/{number} : la tuile n'a pas la largeur du journal")
        levels.append(hashes_of(content))
        rest, level = number, level + 1
    edge = Edge(size, levels)
    _check_entries(tiles, log, size, levels)
    row = connection.execute(_SQL["last_point"], {"journal": log.name}).fetchone()
    if row is None:
        if size:
            raise LogAltered(f"preuve_point {log.name} : le dernier point de contrôle manque")
        return edge
    checkpoint = checked_point(log, row)
    if (checkpoint.size, checkpoint.root) != (size, edge.root()):
        raise LogAltered(f"preuve_point {log.name} {row['taille']} : le dernier point n'est pas celui des tuiles")
    return edge


def _check_entries(tiles: "TileReader", log: Log, size: int, levels: list[list[bytes]]) -> None:
    """The unfinished bundle is what the unfinished tile of leaves says."""
    number = size // TILE_HASHES
    content = tiles(ENTRIES, number) if size % TILE_HASHES else b""
    try:
        leaves = [leaf_hash(entry) for entry in entries_of(content)]
    except ValueError:
        leaves = []
    if leaves != (levels[0] if levels else []):
        raise LogAltered(f"preuve_tuile {log.name} entries/{number} : les entrées ne sont pas celles de la tuile")


def grow_tiles(
    connection: Connection[DictRow], log: Log, *, first: int, entries: list[bytes], added: Iterable[Added]
) -> None:
    """Write what tiles and bundles gained; `first` is the index of the first of the entries."""
    grown: dict[tuple[int, int], bytes] = {}
    for gain in added:
        place = (gain.level, gain.tile)
        grown[place] = grown.get(place, b"") + b"".join(gain.hashes)
    start = 0
    while start < len(entries):
        number, offset = divmod(first + start, TILE_HASHES)
        taken = entries[start : start + TILE_HASHES - offset]
        grown[ENTRIES, number] = bundle(taken)
        start += len(taken)
    connection.execute(
        _SQL["grow_tiles"],
        {
            "journal": log.name,
            "niveaux": [level for level, _ in grown],
            "numeros": [number for _, number in grown],
            "contenus": list(grown.values()),
        },
    )


def point_of(connection: Connection[DictRow], log: Log, size: int | None = None) -> tuple[Checkpoint, bytes] | None:
    """The checkpoint of a size, or the last one, and its note with every cosignature; None when there is none.

    Raises LogAltered when the log did not sign it.
    """
    query = _SQL["last_point" if size is None else "point"]
    row = connection.execute(query, {"journal": log.name, "taille": size}).fetchone()
    if row is None:
        return None
    parameters = {"journal": log.name, "taille": row["taille"]}
    lines = [found["ligne"] for found in connection.execute(_SQL["cosignatures_of"], parameters).fetchall()]
    return checked_point(log, row), with_signatures(bytes(row["note"]), lines)


def checked_point(log: Log, row: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint of a row. Raises LogAltered when the log did not sign it."""
    try:
        checkpoint, _ = open_checkpoint(bytes(row["note"]), log.vkey)
    except NoteRefused as refused:
        raise LogAltered(f"preuve_point {log.name} {row['taille']} : {refused}") from None
    if checkpoint.size != row["taille"]:
        raise LogAltered(f"preuve_point {log.name} {row['taille']} : la note est celle de {checkpoint.size} entrées")
    return checkpoint


def keep_cosignature(connection: Connection[DictRow], log: Log, *, taille: int, cle: Vkey, ligne: str) -> None:
    """Keep what a witness answered, already verified. In a transaction of its own."""
    with connection.transaction():
        head = take_head(connection, log)
        if head is None:
            raise LogAltered(f"preuve_journal {log.name} : la tête du journal de preuve manque")
        columns: dict[str, Any] = {
            "numero": head.cosignatures + 1,
            "taille": taille,
            "cle": str(cle),
            "ligne": ligne,
        }
        mac = log.cosignature_mac(**columns)
        connection.execute(_SQL["add_cosignature"], {"journal": log.name, **columns, "mac": mac})
        move_head(connection, log, replace(head, cosignatures=head.cosignatures + 1))


TileReader = Callable[[int, int], bytes]


def tile_reader(connection: Connection[Any], log: Log) -> TileReader:
    """Tiles by (level, number), as they stand, each read once; empty when there is none."""

    @cache
    def tile(level: int, number: int) -> bytes:
        parameters = {"journal": log.name, "niveau": level, "numero": number}
        row = connection.execute(_SQL["tile"], parameters).fetchone()
        return bytes(row["contenu"]) if row else b""

    return tile


def narrowed(tile: TileReader, size: int) -> TileReader:
    """The same tiles, no wider than in a tree of `size` leaves: what a proof in an older tree asks for."""

    def tile_of_size(level: int, number: int) -> bytes:
        return cut(tile(level, number), level, width_at(level, number, size))

    return tile_of_size


def cut(content: bytes, level: int, width: int) -> bytes:
    """The first `width` hashes or entries of a tile or bundle."""
    if level != ENTRIES:
        return content[: width * HASH_BYTES]
    end = 0
    for _ in range(width):
        end += 2 + int.from_bytes(content[end : end + 2], "big")
    return content[:end]
