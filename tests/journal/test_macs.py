"""The MAC of an event: its present form, its first form, and neither for another row."""

import psycopg

from infra.bootstrap import Services
from infra.journal.keyring import USE_EVENT, Keyring
from infra.journal.row import packed_row
from infra.journal.sealed import SealedEvent
from infra.postgres.binary import micros
from infra.verify.verify import verify
from tests.support.ledger import MASTER_KEY, decompte, take

KEYS = Keyring(MASTER_KEY)
ROW = packed_row(SealedEvent(bytes(16), 1, "sujet.essai", b'{"a": 1}'), 7, 800_000_000_000_000)

# Recorded by the first release, for this row and this master key.
FIRST_FORM = bytes.fromhex("3fc009748c01cb25c48b7d17db53c59b")
PRESENT_FORM = bytes.fromhex("02ecb04c42fb67386dbfc06764c4b54975")


def test_the_mac_of_a_row_is_what_it_always_was() -> None:
    assert KEYS.event_macs([ROW]) == [PRESENT_FORM]
    assert KEYS.is_event_mac(ROW, PRESENT_FORM)


def test_the_first_form_is_still_the_mac_of_its_row() -> None:
    assert KEYS.is_event_mac(ROW, FIRST_FORM)


def test_no_form_is_the_mac_of_another_row() -> None:
    for row in (ROW[:-1], ROW + b"\0", ROW.replace(b"1", b"2")):
        assert not KEYS.is_event_mac(row, PRESENT_FORM)
        assert not KEYS.is_event_mac(row, FIRST_FORM)
    assert not KEYS.is_event_mac(ROW, b"")
    assert not KEYS.is_event_mac(ROW, PRESENT_FORM[1:])


def test_a_ledger_begun_by_the_first_release_is_intact(services: Services, database_url: str) -> None:
    take(services, decompte("R-1"), decompte("R-2"))
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT originator_id, topic, state, notification_id, recorded_at FROM stored_events"
        ).fetchall()
        for stream, topic, state, position, recorded_at in rows:
            event = SealedEvent(stream.bytes, 1, topic, state)
            mac = services.keyring.mac(USE_EVENT, packed_row(event, position, micros(recorded_at)))
            connection.execute("UPDATE stored_events SET mac = %s WHERE notification_id = %s", (mac, position))
    services.projection_worker().catch_up()
    assert not verify(services).faults
