"""Sealing: every committed event enters the log in order, whoever seals and whatever happens meanwhile."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra.bootstrap import Services
from infra.journal.row import packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from infra.preuve import sealer
from infra.preuve.log import LogAltered
from infra.preuve.merkle import check_consistency, check_inclusion, consistency_proof, inclusion_proof, leaf_hash
from infra.preuve.note import Checkpoint, open_checkpoint
from infra.preuve.rows import event_entry, packed_rows
from infra.preuve.sealer import seal_batch
from infra.preuve.store import OriginChanged, narrowed, tile_reader
from infra.preuve.tuiles import ENTRIES, entries_of, node_from
from infra.verify.verify import verify
from tests.support.intruder import set_guards_aside
from tests.support.ledger import portfolio, services_on, take


@pytest.fixture
def connection(services: Services) -> Iterator[Connection[DictRow]]:
    with psycopg.connect(services.url, autocommit=True, row_factory=dict_row) as opened:
        yield opened


def points(connection: Connection[DictRow], services: Services) -> list[Checkpoint]:
    rows = connection.execute("SELECT note FROM preuve_point ORDER BY taille").fetchall()
    return [open_checkpoint(bytes(row["note"]), services.logs[0].vkey)[0] for row in rows]


def test_each_event_is_an_entry_and_old_checkpoints_begin_new_ones(
    services: Services, connection: Connection[DictRow]
) -> None:
    events, _ = services.logs
    for count in (1, 5, 290, 600):
        take(services, *portfolio(count))
        assert services.sealer().catch_up() == {"evenements": services.journal.position(), "acces": 0}
    found = points(connection, services)
    assert len(found) == 4
    assert services.sealer().catch_up() == {"evenements": found[-1].size, "acces": 0}
    assert len(points(connection, services)) == 4, "nothing new, nothing signed"

    entries = [event_entry(position, packed) for position, packed, _ in packed_rows(connection, after=0, upto=2**40)]
    tile = tile_reader(connection, events)
    bundles = [entry for n in range(len(entries) // 256 + 1) for entry in entries_of(tile(ENTRIES, n))]
    assert bundles == entries
    last = found[-1]
    for index in (0, 255, 256, last.size - 1):
        check_inclusion(
            leaf_hash(entries[index]), index, last.size, proof(connection, services, index, last), last.root
        )
    for old in found:
        tiles = node_from(narrowed(tile, last.size))
        check_consistency(old.size, old.root, last.size, last.root, consistency_proof(old.size, last.size, tiles))


def proof(connection: Connection[DictRow], services: Services, index: int, point: Checkpoint) -> list[bytes]:
    tiles = narrowed(tile_reader(connection, services.logs[0]), point.size)
    return inclusion_proof(index, point.size, node_from(tiles))


def test_what_is_hashed_is_the_row_as_the_mac_reads_it(services: Services, connection: Connection[DictRow]) -> None:
    take(services, *portfolio(3))
    rows = connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()
    read = list(packed_rows(connection, after=0, upto=100))
    assert len(read) == len(rows)
    for row, (position, packed, mac) in zip(rows, read, strict=True):
        event = SealedEvent(row["originator_id"].bytes, row["originator_version"], row["topic"], row["state"])
        assert packed == packed_row(event, position, micros(row["recorded_at"]))
        assert (position, mac) == (row["notification_id"], row["mac"])
    with connection.transaction():
        connection.execute("UPDATE stored_events SET mac = substr(mac, 1, 16)")
        assert [(p, packed) for p, packed, _ in packed_rows(connection, after=0, upto=100)] == [r[:2] for r in read]


def test_many_who_seal_and_append_at_once_make_one_log(services: Services) -> None:
    def seal() -> None:
        for _ in range(8):
            services.sealer().catch_up()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(0, 120, 15):
        take(services, *portfolio(120)[start : start + 15])
    for thread in threads:
        thread.join()
    services.sealer().catch_up()
    report = verify(services)
    assert report.faults == []
    assert report.sealed == {"evenements": services.journal.position(), "acces": 0}


def test_the_worker_seals_soon_after_commit_and_stops_when_asked(services: Services) -> None:
    worker = services.sealer()
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        for count in (3, 6):
            take(services, *portfolio(count))
            deadline = time.monotonic() + 20
            while size(services.url) < services.journal.position() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert size(services.url) == services.journal.position()
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()


def size(url: str) -> int:
    with psycopg.connect(url) as connection:
        [(taille,)] = connection.execute("SELECT taille FROM preuve_journal WHERE nom = 'evenements'").fetchall()
    return int(taille)


def test_a_seal_that_fails_on_its_way_leaves_nothing(
    services: Services, connection: Connection[DictRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    take(services, *portfolio(10))
    with monkeypatch.context() as patched:
        patched.setattr(sealer, "move_head", broken)
        with pytest.raises(RuntimeError, match="killed"):
            seal_batch(connection, services.logs[0])
    assert connection.execute("SELECT count(*) AS n FROM preuve_tuile").fetchone() == {"n": 0}
    services.sealer().catch_up()
    assert verify(services).faults == []


def broken(*_: object) -> None:
    raise RuntimeError("killed")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE stored_events SET topic = topic || 'x' WHERE notification_id = 12", "stored_events position 12 "),
        ("DELETE FROM stored_events WHERE notification_id = 12", "stored_events position 12 "),
        ("UPDATE preuve_tuile SET contenu = overlay(contenu placing '\\x00' from 40) WHERE niveau = 0", "entries/0"),
        ("UPDATE preuve_tuile SET contenu = overlay(contenu placing '\\x00' from 40) WHERE niveau = -1", "entries/0"),
        ("UPDATE preuve_tuile SET contenu = substr(contenu, 33) WHERE niveau = 0", "preuve_tuile"),
        ("DELETE FROM preuve_point", "preuve_point"),
        ("UPDATE preuve_journal SET taille = 5", "preuve_journal"),
        ("UPDATE journal_head SET position = 3", "preuve_journal"),
    ],
)
def test_nothing_is_signed_over_what_was_altered(
    services: Services, connection: Connection[DictRow], change: str, place: str
) -> None:
    take(services, *portfolio(10))
    services.sealer().catch_up()
    take(services, *portfolio(20))
    set_guards_aside(services.url)
    connection.execute(change)
    with pytest.raises(LogAltered, match=place):
        seal_batch(connection, services.logs[0])
    assert len(connection.execute("SELECT FROM preuve_point").fetchall()) <= 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE preuve_point SET numero = 2",
        "DELETE FROM preuve_point",
        "TRUNCATE preuve_point CASCADE",
        "DELETE FROM preuve_tuile",
        "TRUNCATE preuve_tuile",
        "UPDATE preuve_tuile SET contenu = substr(contenu, 1, 64)",
        "UPDATE preuve_tuile SET contenu = overlay(contenu placing '\\x00' from 40) || '\\x00'",
        "UPDATE preuve_tuile SET numero = numero + 1, contenu = contenu || contenu",
        "DELETE FROM preuve_cosignature",
    ],
)
def test_the_database_itself_refuses_to_take_anything_back(
    services: Services, connection: Connection[DictRow], change: str
) -> None:
    take(services, *portfolio(10))
    services.sealer().catch_up()
    with pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change)


def test_a_log_keeps_the_origin_that_it_was_begun_with(services: Services) -> None:
    assert services.logs[0].origin == "127.0.0.1:8000/v1/preuve/evenements"
    with services_on(services.url, public_url="https://decompte.example") as elsewhere:
        assert elsewhere.logs[0].vkey == services.logs[0].vkey
    with pytest.raises(OriginChanged), services_on(services.url, preuve_origine="decompte.example/preuve"):
        pass
