"""Check a proof log against what it is made of and against itself, in one pass over its entries.

Each entry is held against the stored one and its leaf, each tile against the tile below it, each checkpoint against the
tree as it stood at its size. What two of the three say of a leaf is believed, so that one altered row is named where it
is. Checkpoints of all sizes are roots of one and the same tree here, hence consistent with one another.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from infra.postgres.sql import statements
from infra.preuve.log import Head, Log, LogAltered
from infra.preuve.merkle import HASH_BYTES, TILE_HASHES, TILE_HEIGHT, Added, Edge, leaf_hash
from infra.preuve.note import Checkpoint, Note, NoteRefused, Vkey, open_checkpoint, read_signature
from infra.preuve.publisher import NotPast, check_past
from infra.preuve.store import head_of
from infra.preuve.tuiles import ENTRIES, LEVEL_MAX, Tuile, entries_of, hashes_of
from infra.verify.faults import Tell
from infra.verify.plain import Span, Tiles, stored_tiles
from infra.verify.scanning import checked_spans

_SQL = statements("infra.preuve", "preuve.sql")

Progress = Callable[[int, int], None]


def check_logs(
    connection: Connection[DictRow], logs: Sequence[Log], tell: Tell, progress: Progress, *, url: str
) -> dict[str, int]:
    """Check every log; how many entries of each are sealed. In a transaction that sees one moment; `url`: of the same
    database."""
    sizes = {log.name: LogCheck(connection, log, tell, progress, url=url).run() for log in logs}
    for row in connection.execute(_SQL["heads"]).fetchall():
        if row["nom"] not in sizes:
            tell("preuve_journal", row["nom"], "journal de preuve inconnu")
    for row in connection.execute(_SQL["unknown_logs"], {"journaux": list(sizes)}).fetchall():
        tell(row["lieu"], row["journal"], "ligne d'un journal de preuve inconnu")
    return sizes


def check_exported(
    connection: Connection[DictRow], logs: Sequence[Log], checkpoints: Sequence[bytes], tell: Tell
) -> None:
    """Hold checkpoints that were kept elsewhere against the log: is each of them its past?

    Between the last one that is and the first one that is not lies the first bad position.
    """
    known: dict[str, list[tuple[int, bytes]]] = {}
    for content in checkpoints:
        try:
            point = Checkpoint.parse(Note.parse(content).body)
        except NoteRefused as refused:
            tell("point exporté", "", str(refused))
            continue
        known.setdefault(point.origin, []).append((point.size, content))
    for log in logs:
        good = 0
        for size, content in sorted(known.pop(log.origin, [])):
            try:
                check_past(connection, log, content)
                good = size
            except NotPast as other:
                # What is cut begins behind the log's end, what was rewritten somewhere behind the last one that fits.
                place = max(good, other.size) if other.is_cut else good
                tell("point exporté", f"{log.name} position {place + 1}", str(other))
                break
            except LogAltered as altered:
                tell("point exporté", f"{log.name} taille {size}", str(altered))
    for origin in known:
        tell("point exporté", origin, "aucun journal de preuve n'a cette origine")


class LogCheck:
    """The check of one log."""

    def __init__(self, connection: Connection[DictRow], log: Log, tell: Tell, progress: Progress, *, url: str) -> None:
        self._url = url
        self._connection = connection
        self._log = log
        self._tell = tell
        self._progress = progress
        self._edge = Edge()
        self._above: dict[tuple[int, int], list[bytes]] = {}
        self._signed = 0  # the size of the last checkpoint that fits
        self._points = 0

    def run(self) -> int:
        """The number of sealed entries, as the log's head says, or its checkpoints when the head is at fault."""
        head = self._check_head()
        size = head.taille if head else self._last_size()
        spans = checked_spans(
            self._connection, self._log.entries.scan, self._log.name, size, inside=self._inside, url=self._url
        )
        for span, tiles in spans:
            self._check_points(span, self._judged(span) if tiles is None else tiles)
            self._progress(span.end, size)
        self._check_above()
        self._check_end(size, head)
        self._check_cosignatures(head)
        return size

    def _check_head(self) -> Head | None:
        try:
            head = head_of(self._log, self._one("head", nom=self._log.name))
        except LogAltered:
            self._tell("preuve_journal", self._log.name, "la tête du journal de preuve a été modifiée")
            return None
        if head is None:
            self._tell("preuve_journal", self._log.name, "la tête du journal de preuve manque")
        return head

    def _last_size(self) -> int:
        row = self._one("last_point", journal=self._log.name)
        return int(row["taille"]) if row else 0

    def _inside(self, first: int, end: int) -> list[int]:
        """The tiles that a checkpoint stands inside of."""
        return [row["numero"] for row in self._all("inner_tiles", journal=self._log.name, first=first, end=end)]

    def _judged(self, span: Span) -> Tiles:
        """Entries, bundles and leaves of a span that is not plain; the leaves to believe."""
        bundles, hashes = (stored_tiles(self._connection, self._log.name, level, span) for level in (ENTRIES, 0))
        scanned = self._log.entries.scan(self._connection, span.first, span.end)
        return [
            self._judge(number * TILE_HASHES, entries, bundles.get(number), hashes.get(number))
            for number, entries in zip(span.numbers, scanned, strict=True)
        ]

    def _judge(
        self, start: int, entries: Sequence[bytes | None], stored: bytes | None, hashes: bytes | None
    ) -> list[bytes]:
        """One tile: say which of its three accounts is wrong, at which position, where they differ."""
        width, number = len(entries), start // TILE_HASHES
        kept, leaves = _entries(stored, width), _hashes(hashes, width)
        for level, account, content in ((ENTRIES, kept, stored), (0, leaves, hashes)):
            if account is None:
                what = "tuile manquante" if content is None else "la tuile n'a pas sa largeur"
                self._tell("preuve_tuile", self._place(level, number, start), what)
        believed = []
        for offset, entry in enumerate(entries):
            position = start + offset + 1
            of_entry = leaf_hash(entry) if entry is not None else None
            of_kept = leaf_hash(kept[offset]) if kept else None
            of_tile = leaves[offset] if leaves else None
            accounts = [account for account in (of_tile, of_kept, of_entry) if account is not None]
            leaf = max(accounts, key=accounts.count, default=b"\0" * HASH_BYTES)
            if of_entry is None:
                self._tell("preuve_tuile", f"{self._log.name} position {position}", "l'entrée scellée n'existe plus")
            elif of_entry != leaf:
                self._tell("preuve_tuile", f"{self._log.name} position {position}", "l'entrée n'est pas celle scellée")
            if of_kept is not None and of_kept != leaf:
                self._tell("preuve_tuile", self._place(ENTRIES, number, position - 1), "entrée modifiée")
            if of_tile is not None and of_tile != leaf:
                self._tell("preuve_tuile", self._place(0, number, position - 1), "empreinte modifiée")
            believed.append(leaf)
        return believed

    def _check_points(self, span: Span, tiles: Tiles) -> None:
        """Grow the tree to each checkpoint's size, and compare."""
        parameters = {"journal": self._log.name, "apres": span.first, "limit": span.end - span.first}
        points = deque(row for row in self._all("points", **parameters) if row["taille"] <= span.end)
        for number, tile in zip(span.numbers, tiles, strict=True):
            start = number * TILE_HASHES
            end = min(span.end, start + TILE_HASHES)
            if isinstance(tile, bytes):
                self._keep(self._edge.extend_by_tile(tile))
            else:
                while points and points[0]["taille"] < end:
                    self._keep(self._edge.extend(tile[self._edge.size - start : points[0]["taille"] - start]))
                    self._check_point(points.popleft())
                self._keep(self._edge.extend(tile[self._edge.size - start :]))
            while points and points[0]["taille"] == end:
                self._check_point(points.popleft())

    def _keep(self, gained: list[Added]) -> None:
        """What tiles above the leaves gained, until they are full and can be compared."""
        for added in gained:
            if added.level:
                tile = self._above.setdefault((added.level, added.tile), [])
                tile += added.hashes
                if len(tile) == TILE_HASHES:
                    self._check_tile(added.level, added.tile, self._above.pop((added.level, added.tile)))

    def _check_point(self, row: DictRow) -> None:
        self._points += 1
        place = f"{self._log.name} taille {row['taille']}"
        if row["numero"] != self._points:
            self._tell("preuve_point", place, f"point n° {self._points} manquant ou déplacé")
            self._points = row["numero"]
        try:
            checkpoint, _ = open_checkpoint(bytes(row["note"]), self._log.vkey)
        except NoteRefused as refused:
            self._tell("preuve_point", place, str(refused))
            return
        if bytes(row["note"]) != self._log.signer.sign(checkpoint.body):
            self._tell("preuve_point", place, "la note porte autre chose que le point et sa signature")
        elif checkpoint.size != row["taille"]:
            self._tell("preuve_point", place, f"la note est celle de {checkpoint.size} entrées")
        elif checkpoint.root != self._edge.root():
            self._tell(
                "preuve_point",
                f"{self._log.name} position {self._signed + 1}",
                f"les entrées {self._signed + 1} à {row['taille']} ne sont pas celles que le point a signées",
            )
        else:
            self._signed = row["taille"]

    def _check_above(self) -> None:
        """The unfinished tiles above the leaves."""
        for (level, number), hashes in sorted(self._above.items()):
            self._check_tile(level, number, hashes)

    def _check_tile(self, level: int, number: int, hashes: list[bytes]) -> None:
        row = self._one("tile", journal=self._log.name, niveau=level, numero=number)
        content = bytes(row["contenu"]) if row else None
        if content == b"".join(hashes):
            return
        found = _hashes(content, len(hashes))
        offset = next((i for i, pair in enumerate(zip(found or (), hashes, strict=False)) if pair[0] != pair[1]), 0)
        index = (number * TILE_HASHES + offset) << TILE_HEIGHT * level
        what = "tuile manquante" if content is None else "la tuile n'est pas celle de ses feuilles"
        self._tell("preuve_tuile", self._place(level, number, index), what)

    def _check_end(self, size: int, head: Head | None) -> None:
        for row in self._all("points", journal=self._log.name, apres=size, limit=TILE_HASHES):
            self._points += 1
            self._tell("preuve_point", f"{self._log.name} taille {row['taille']}", "point au-delà du journal")
        last = self._last_size()
        if last < size:
            self._tell("preuve_point", f"{self._log.name} taille {size}", "le dernier point de contrôle manque")
        if head is not None and self._points != head.points and last >= size:
            self._tell("preuve_point", self._log.name, f"{head.points} points signés, {self._points} présents")
        ends = [-(-(size >> TILE_HEIGHT * max(level, 0)) // TILE_HASHES) for level in range(ENTRIES, LEVEL_MAX + 1)]
        for row in self._all("extra_tiles", journal=self._log.name, ends=ends):
            place = self._place(row["niveau"], row["numero"], 0).partition(" position")[0]
            self._tell("preuve_tuile", place, "tuile en trop")

    def _check_cosignatures(self, head: Head | None) -> None:
        expected = 0
        rows = (row for row in self._all("all_cosignatures") if row["journal"] == self._log.name)
        for row in rows:
            expected += 1
            place = f"{self._log.name} n° {row['numero']}"
            if row["numero"] != expected:
                self._tell("preuve_cosignature", f"{self._log.name} n° {expected}", "cosignature manquante ou déplacée")
                expected = row["numero"]
            columns: dict[str, Any] = {name: row[name] for name in ("numero", "taille", "cle", "ligne")}
            if bytes(row["mac"]) != self._log.cosignature_mac(**columns) or not self._is_cosigned(row):
                self._tell("preuve_cosignature", place, "la cosignature a été modifiée")
        if head is not None and expected != head.cosignatures:
            what = f"{head.cosignatures} cosignatures reçues, {expected} présentes"
            self._tell("preuve_cosignature", self._log.name, what)

    def _is_cosigned(self, row: DictRow) -> bool:
        point = self._one("point", journal=self._log.name, taille=row["taille"])
        try:
            vkey = Vkey.parse(row["cle"])
            name, key_id, signature = read_signature(row["ligne"].removesuffix("\n"))
            vkey.verify(bytes(point["note"]).partition(b"\n\n")[0] + b"\n" if point else b"", signature)
        except NoteRefused:
            return False
        return (name, key_id) == (vkey.name, vkey.id)

    def _place(self, level: int, number: int, index: int) -> str:
        return f"{self._log.name} {Tuile(level, number).path} position {index + 1}"

    def _one(self, query: str, **parameters: Any) -> DictRow | None:
        return self._connection.execute(_SQL[query], parameters).fetchone()

    def _all(self, query: str, **parameters: Any) -> list[DictRow]:
        return self._connection.execute(_SQL[query], parameters).fetchall()


def _entries(content: bytes | None, width: int) -> list[bytes] | None:
    """The entries of a bundle; None when it is not one of this width."""
    try:
        entries = entries_of(content or b"")
    except ValueError:
        return None
    return entries if len(entries) == width else None


def _hashes(content: bytes | None, width: int) -> list[bytes] | None:
    """The hashes of a tile; None when it has not this width."""
    return hashes_of(content) if content is not None and len(content) == width * HASH_BYTES else None
