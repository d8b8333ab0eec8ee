"""An event is read no further than the projection looks, and gives the same rows as when it is read whole."""

import msgspec
import pytest

from infra.bootstrap import Services
from infra.journal.pages import JournalRow, read_page, stream_journal
from infra.projections import reading
from infra.projections.reading import read_events
from infra.projections.rows import RowCopies
from ledger.events import UnreadableEvent
from projections.dossiers import UnprojectableEvent, project
from tests.recours.importing import fill
from tests.support.ledger import annulation, decompte, portfolio, soin_line, take

SUJET = "0b0f1f2e-3d4c-4b5a-8697-a8b9cadbecfd"
FAITS = (
    b'{"emetteur":"cpam-751","reference":"R-1","rang":1,"date_paiement":"2026-03-14","destinataire":"adherent",'
    b'"total":0,"lignes":%s}'
)
DECOMPTE = "decompte.regime_obligatoire.recorded"


@pytest.fixture
def journal(services: Services) -> list[JournalRow]:
    """Every kind of event, with and without what is optional."""
    take(
        services,
        *portfolio(120),
        decompte("ACCENTS", organisme="CPAM des Bouches-du-Rhône", lignes=[soin_line(soin="É-1")]),
        annulation("ACCENTS"),
    )
    fill(services)
    with services.datastore.get_connection() as connection:
        return read_page(connection, after=0, upto=1_000, limit=1_000)


def stored(lignes: bytes, *, v: int = 1, sujet: str = SUJET) -> JournalRow:
    """A décompte as it stands in the journal."""
    state = b'{"v":%d,"acteur":"a","trace":"t","sujet":"%s","empreinte":"AA==","faits":%s,"scelle":"AA=="}'
    return 7, 0, bytes(16), DECOMPTE, state % (v, sujet.encode(), FAITS % lignes)


def test_the_short_way_gives_the_rows_of_the_whole_way(
    journal: list[JournalRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = project(read_events(journal))
    assert project([event for row in journal for event in read_events([row])]) == short
    monkeypatch.setattr(reading, "_DECODERS", {})
    assert project(read_events(journal)) == short
    assert len(short) > 120


def test_an_event_that_takes_the_whole_way_leaves_the_others_on_the_short_one(
    journal: list[JournalRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = read_events(journal)
    decoders = {topic: decode for topic, decode in reading._DECODERS.items() if topic != journal[3][3]}
    monkeypatch.setattr(reading, "_DECODERS", decoders)
    assert read_events(journal) == short
    position, micros, stream, topic, stored = journal[3]
    with pytest.raises(msgspec.MsgspecError):
        read_events([*journal[:3], (position, micros, stream, topic, stored[:-1]), *journal[4:]])


def test_the_lines_of_a_row_are_the_bytes_of_the_event(journal: list[JournalRow]) -> None:
    for row in journal:
        for written in project(read_events([row])):
            if hasattr(written, "lignes"):
                assert b'"lignes":' + written.lignes in row[4]


def test_a_stream_gives_what_pages_give_and_passes_over_a_hole(services: Services, journal: list[JournalRow]) -> None:
    import psycopg

    with psycopg.connect(services.url, autocommit=True) as connection:
        assert [row for chunk in stream_journal(connection, after=0, upto=1_000) for row in chunk] == journal
        assert [row[0] for chunk in stream_journal(connection, after=3, upto=6) for row in chunk] == [4, 5, 6]
        connection.execute("DELETE FROM stored_events WHERE notification_id BETWEEN 4 AND 5")
        assert [row[0] for chunk in stream_journal(connection, after=3, upto=6) for row in chunk] == [6]


@pytest.mark.parametrize("lignes", [b'"none"', b'[{"soin":"\xff"}]'], ids=["no list", "no text"])
def test_lines_that_no_row_could_hold_are_set_aside(lignes: bytes) -> None:
    with pytest.raises((UnprojectableEvent, UnreadableEvent)):
        project(read_events([stored(lignes)]))


@pytest.mark.parametrize(
    "row",
    [stored(b"[]", v=9), stored(b"[]", sujet="nobody"), stored(b"[}")],
    ids=["a later version", "no member", "broken"],
)
def test_what_cannot_be_read_is_named_as_before(row: JournalRow) -> None:
    with pytest.raises((UnreadableEvent, msgspec.MsgspecError)):
        read_events([row])


def test_rows_of_one_table_wait_while_another_is_copied(
    services: Services, journal: list[JournalRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small the room for waiting, and whatever the order: every row arrives, and is counted."""
    monkeypatch.setattr("infra.projections.rows.WAITING_BYTES_MAX", 300)
    rows = project(read_events(journal))
    with services.datastore.transaction(commit=True) as cursor:
        cursor.execute("TRUNCATE read_decompte, read_annulation, read_adherent, read_recours")
        with RowCopies(cursor) as copies:
            for start in range(0, len(rows), 7):
                copies.write(rows[start : start + 7])
        assert sum(copies.counts.values()) == len(rows)
        assert all(copies.counts.values())
