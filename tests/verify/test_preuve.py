"""Would it show in the proof tables? One byte in any column, a row too few, too many, or two swapped: each is named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row

from infra.bootstrap import Services
from infra.journal.recorder import Head, head_mac
from infra.journal.row import packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from infra.preuve.merkle import leaf_hash
from infra.preuve.note import KIND_COSIGNATURE, Checkpoint, Signer
from infra.preuve.publisher import export_points, exported_points
from infra.preuve.store import keep_cosignature, move_head, point_of, read_head
from infra.verify.verify import verify
from tests.support.intruder import GUARDED, set_guards_aside
from tests.support.ledger import portfolio, services_on, take
from tests.support.postgres import DatabaseFactory

FLIPPED = {
    "bigint": "{c} + 4096",
    "smallint": "{c} + 3",
    "bytea": "set_byte({c}, octet_length({c}) / 2, get_byte({c}, octet_length({c}) / 2) # 1)",
    "text": "overlay({c} placing 'X' from length({c}) / 2 + 1 for 1)",
}
"""One byte of each type."""


KEPT = (*GUARDED, "stored_events", "journal_head")


@pytest.fixture(scope="module")
def ledger(databases_18: DatabaseFactory) -> Iterator[Services]:
    """A ledger of two tiles, four checkpoints and two cosignatures, whose guards are set aside."""
    url = databases_18.create()
    with services_on(url) as services:
        witness = Signer("temoin.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(32)), kind=KIND_COSIGNATURE)
        for count in (40, 100, 270, 300):
            take(services, *portfolio(count))
            services.sealer().catch_up()
            with connected(url) as connection:
                found = point_of(connection, services.logs[0])
                assert found is not None
                line = witness.cosign(found[0].body, 1_700_000_000)
                for _ in range(2):
                    keep_cosignature(connection, services.logs[0], taille=found[0].size, cle=witness.vkey, ligne=line)
        services.projection_worker().catch_up()
        set_guards_aside(url)
        with connected(url) as connection:
            for table in KEPT:
                connection.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        assert faults(services) == []
        yield services
    databases_18.drop(url)


@contextmanager
def connected(url: str) -> Iterator[Connection[DictRow]]:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def faults(services: Services, *checkpoints: bytes) -> list[str]:
    return [str(fault) for fault in verify(services, checkpoints=checkpoints).faults]


@contextmanager
def altered(services: Services, *statements: str | sql.Composed, too: Sequence[str] = ()) -> Iterator[None]:
    """The ledger after these statements; the tables that they name, and those of `too`, are put back as they were."""
    with psycopg.connect(services.url) as connection:
        said = " ".join(s if isinstance(s, str) else s.as_string(connection) for s in statements)
        for statement in statements:
            assert connection.execute(statement).rowcount >= 1, statement
    try:
        yield
    finally:
        with psycopg.connect(services.url) as connection:
            for table in KEPT:
                if table in said or table in too:
                    connection.execute(f"DELETE FROM {table}")
                    connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def columns(services: Services) -> list[tuple[str, str, str]]:
    with psycopg.connect(services.url) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name = ANY(%s)"
            " ORDER BY 1, 2",
            (list(GUARDED),),
        ).fetchall()


def test_one_byte_in_any_column_of_any_row_shows(ledger: Services) -> None:
    unseen, looked = [], 0
    for table, column, kind in columns(ledger):
        with connected(ledger.url) as connection:
            rows = len(connection.execute(f"SELECT FROM {table}").fetchall())
        # Of tiles one of each level, of the others one in the middle.
        for row in range(0, rows, rows // 2) if table == "preuve_tuile" else [rows // 2]:
            place = f"ctid = (SELECT ctid FROM {table} ORDER BY 1 OFFSET {row} LIMIT 1)"
            change = f"UPDATE {table} SET {column} = {FLIPPED[kind].format(c=column)} WHERE {place}"
            with altered(ledger, change):
                found = faults(ledger)
            looked += 1
            if not any(table in fault for fault in found):
                unseen.append((table, column, row, found))
    assert unseen == []
    assert looked == 28
    assert faults(ledger) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DELETE FROM preuve_journal", "preuve_journal evenements"),
        ("DELETE FROM preuve_tuile WHERE niveau = 0 AND numero = 0", "preuve_tuile evenements 0/000 position 1 "),
        ("DELETE FROM preuve_tuile WHERE niveau = -1 AND numero = 1", "evenements entries/001 position 257 "),
        ("DELETE FROM preuve_tuile WHERE niveau = 1", "preuve_tuile evenements 1/000 position 1 "),
        ("DELETE FROM preuve_point WHERE numero = 2", "point n° 2 manquant"),
        ("DELETE FROM preuve_point WHERE numero = 4", "le dernier point de contrôle manque"),
        ("DELETE FROM preuve_cosignature WHERE numero = 1", "n° 1 : cosignature manquante"),
        ("DELETE FROM preuve_cosignature WHERE numero = 8", "8 cosignatures reçues, 7 présentes"),
        ("INSERT INTO preuve_tuile VALUES ('evenements', 2, 0, decode(repeat('00', 32), 'hex'))", "tuile en trop"),
        (
            "INSERT INTO preuve_tuile VALUES ('autre', 0, 0, decode(repeat('00', 32), 'hex'))",
            "journal de preuve inconnu",
        ),
        ("INSERT INTO preuve_point SELECT journal, 5, 5, note FROM preuve_point WHERE numero = 1", "preuve_point"),
        (
            "INSERT INTO preuve_point SELECT journal, 5, 5000, note FROM preuve_point WHERE numero = 4",
            "au-delà du journal",
        ),
        (
            "INSERT INTO preuve_cosignature SELECT journal, 9, taille, cle, ligne, mac FROM preuve_cosignature"
            " WHERE numero = 8",
            "n° 9 : la cosignature a été modifiée",
        ),
        (
            "INSERT INTO preuve_journal SELECT 'autre', origine, 0, 0, 0, mac FROM preuve_journal LIMIT 1",
            "preuve_journal autre",
        ),
    ],
)
def test_a_row_too_few_or_too_many_shows(ledger: Services, change: str, named: str) -> None:
    with altered(ledger, change):
        found = faults(ledger)
    assert any(named in fault for fault in found), found


@pytest.mark.parametrize(
    ("table", "key", "one", "other", "named"),
    [
        ("stored_events", "notification_id", 20, 21, "evenements position 20 "),
        ("preuve_tuile WHERE niveau = 0", "numero", 0, 1, "preuve_tuile evenements 0/000 position 1 "),
        ("preuve_tuile WHERE niveau = -1", "numero", 0, 1, "preuve_tuile evenements entries/000 position 1 "),
        ("preuve_point", "numero", 2, 3, "preuve_point"),
        ("preuve_cosignature", "numero", 2, 3, "n° 2 : la cosignature a été modifiée"),
    ],
)
def test_two_rows_swapped_show(ledger: Services, table: str, key: str, one: int, other: int, named: str) -> None:
    name, _, where = table.partition(" WHERE ")
    where = f"{where or 'true'} AND {key}"
    swap = (
        f"UPDATE {name} SET {key} = 99999 WHERE {where} = {one}",
        f"UPDATE {name} SET {key} = {one} WHERE {where} = {other}",
        f"UPDATE {name} SET {key} = {other} WHERE {where} = 99999",
    )
    with altered(ledger, *swap):
        found = faults(ledger)
    assert any(named in fault for fault in found), found


def test_one_byte_in_any_column_of_an_event_is_named_by_the_log_too(ledger: Services) -> None:
    for column, change in {
        "originator_id": "gen_random_uuid()",
        "originator_version": "originator_version + 1",
        "topic": "overlay(topic placing 'X' from 3 for 1)",
        "state": FLIPPED["bytea"].format(c="state"),
        "recorded_at": "recorded_at + interval '1 microsecond'",
    }.items():
        with altered(ledger, f"UPDATE stored_events SET {column} = {change} WHERE notification_id = 33"):
            found = faults(ledger)
        assert any(f.startswith("preuve_tuile evenements position 33 :") for f in found), (column, found)
        assert any(f.startswith("stored_events position 33 :") for f in found), (column, found)
        assert not any("preuve_tuile" in f and "position 33 :" not in f for f in found)


def test_an_event_rewritten_by_who_holds_the_master_key_shows_in_the_log(ledger: Services) -> None:
    """Its MAC is right, its facts read well: only the log remembers that there was another one."""
    with connected(ledger.url) as connection:
        row = connection.execute("SELECT * FROM stored_events WHERE notification_id = 12").fetchone()
    assert row is not None
    state = bytes(row["state"]).replace(b'"montant":111', b'"montant":911').replace(b'"total":111', b'"total":911')
    assert state != row["state"]
    event = SealedEvent(row["originator_id"].bytes, row["originator_version"], row["topic"], state)
    [mac] = ledger.keyring.event_macs([packed_row(event, 12, micros(row["recorded_at"]))])
    rewritten = sql.SQL("UPDATE stored_events SET state = {}, mac = {} WHERE notification_id = 12").format(state, mac)
    with altered(ledger, rewritten):
        found = faults(ledger)
    assert "preuve_tuile evenements position 12 : l'entrée n'est pas celle scellée" in found
    assert not any("stored_events" in fault for fault in found)


def test_a_checkpoint_forged_and_signed_again_with_another_key_shows(ledger: Services) -> None:
    log = ledger.logs[0]
    forger = Signer(log.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    for root, signer in ((bytes(32), forger), (bytes(32), log.signer)):
        with connected(ledger.url) as connection:
            row = connection.execute("SELECT taille FROM preuve_point WHERE numero = 3").fetchone()
        assert row is not None
        note = signer.sign(Checkpoint(log.origin, row["taille"], root).body)
        with altered(ledger, sql.SQL("UPDATE preuve_point SET note = {} WHERE numero = 3").format(note)):
            found = faults(ledger)
        assert any(fault.startswith("preuve_point evenements") for fault in found), found


def test_a_whole_tile_forged_with_its_entries_and_event_shows_at_the_next_checkpoint(ledger: Services) -> None:
    """Event, entry and leaf agree on a lie: the signed root does not."""
    with connected(ledger.url) as connection:
        row = connection.execute("SELECT contenu FROM preuve_tuile WHERE niveau = -1 AND numero = 0").fetchone()
    assert row is not None
    with altered(ledger, "UPDATE stored_events SET topic = topic || 'x' WHERE notification_id = 60", too=GUARDED):
        with connected(ledger.url) as connection:
            [entry] = [e for tile in ledger.logs[0].entries.scan(connection, 59, 60) for e in tile if e is not None]
            content = bytes(row["contenu"])
            content = content[: 59 * 50 + 2] + entry + content[60 * 50 :]
            connection.execute("UPDATE preuve_tuile SET contenu = %s WHERE niveau = -1 AND numero = 0", (content,))
            connection.execute(
                "UPDATE preuve_tuile SET contenu = overlay(contenu placing %s from 59 * 32 + 1) WHERE niveau = 0 AND"
                " numero = 0",
                (leaf_hash(entry),),
            )
        found = faults(ledger)
    sizes = sizes_of(ledger)
    [named] = [f for f in found if "ne sont pas celles que le point a signées" in f and f"à {sizes[1]}" in f]
    assert named.startswith(f"preuve_point evenements position {sizes[0] + 1} :")


def sizes_of(services: Services) -> list[int]:
    with connected(services.url) as connection:
        return [row["taille"] for row in connection.execute("SELECT taille FROM preuve_point ORDER BY 1").fetchall()]


def test_a_tail_cut_off_with_every_key_shows_against_an_exported_checkpoint(
    ledger: Services, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever holds the master key leaves a ledger that is whole in itself, only shorter."""
    folder = tmp_path_factory.mktemp("exported")
    first, second, *_ = sizes_of(ledger)
    with connected(ledger.url) as connection:
        export_points(connection, ledger.logs[0], folder)
    kept = [file.read_bytes() for file in exported_points(folder / "evenements")]
    assert faults(ledger, *kept) == [], "older ones are of the past"
    with altered(ledger, f"DELETE FROM stored_events WHERE notification_id > {second}", too=KEPT):
        with connected(ledger.url) as connection:
            cut_tail(connection, ledger, second)
        within = [fault for fault in faults(ledger) if not fault.startswith(("read_", "notification_tracking"))]
        assert within == [], "nothing shows from inside"
        assert faults(ledger, *kept[:2])[-1:] == faults(ledger)[-1:]
        found = [fault for fault in faults(ledger, *kept) if fault.startswith("point exporté")]
    assert len(found) == 1
    assert found[0].startswith(f"point exporté evenements position {second + 1} : ")
    assert "queue coupée" in found[0]
    assert first < second


def cut_tail(connection: Connection[DictRow], services: Services, size: int) -> None:
    """The ledger as it stood at a checkpoint, with heads that are right for it."""
    row = connection.execute("SELECT recorded_at FROM stored_events WHERE notification_id = %s", (size,)).fetchone()
    assert row is not None
    head = Head(position=size, recorded_at=row["recorded_at"])
    connection.execute(
        "UPDATE journal_head SET position = %s, recorded_at = %s, mac = %s",
        (size, head.recorded_at, head_mac(services.keyring, head)),
    )
    connection.execute("DELETE FROM preuve_point WHERE taille > %s", (size,))
    connection.execute("DELETE FROM preuve_cosignature WHERE taille > %s", (size,))
    connection.execute("DELETE FROM preuve_tuile WHERE numero > 0 OR niveau > 0")
    connection.execute("UPDATE preuve_tuile SET contenu = substr(contenu, 1, %s) WHERE niveau = 0", (size * 32,))
    connection.execute("UPDATE preuve_tuile SET contenu = substr(contenu, 1, %s) WHERE niveau = -1", (size * 50,))
    log = services.logs[0]
    present = read_head(connection, log)
    assert present is not None
    move_head(connection, log, replace(present, taille=size, points=2, cosignatures=4))


def test_an_exported_checkpoint_of_another_past_is_a_fork(ledger: Services) -> None:
    log = ledger.logs[0]
    sizes = sizes_of(ledger)

    def point(size: int, root: bytes) -> bytes:
        return log.signer.sign(Checkpoint(log.origin, size, root).body)

    with connected(ledger.url) as connection:
        good = point_of(connection, log, sizes[1])
    assert good is not None
    [named] = faults(ledger, good[1], point(sizes[2], bytes(32)))
    assert named.startswith(f"point exporté evenements position {sizes[1] + 1} : ")
    assert "bifurcation" in named
    forger = Signer(log.origin, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    [named] = faults(ledger, forger.sign(good[0].body))
    assert "pas signée par" in named
    elsewhere = Checkpoint("ailleurs.example", 3, bytes(32))
    [named] = faults(ledger, log.signer.sign(elsewhere.body))
    assert "aucun journal" in named
    [named] = faults(ledger, b"rien")
    assert "pas signée" in named


def test_what_is_not_sealed_yet_is_no_fault(ledger: Services) -> None:
    before = verify(ledger)
    columns: dict[str, Any] = before.sealed
    assert columns == {"evenements": before.events, "acces": 0}
