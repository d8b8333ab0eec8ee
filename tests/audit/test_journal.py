"""Every filter of the journal finds what looking at each event finds, whatever the page and the direction."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.sinistre.follow import Step
from infra.audit import journal as reading
from infra.audit.filtres import Filtres
from infra.audit.journal import JournalReads, LecturesEnRetard
from infra.bootstrap import Services
from infra.journal.mapper import read_state
from ledger.adherent.events import BaseEffacement
from ledger.payeurs import Payeur
from ledger.registry import REGISTRY
from tests.recours.importing import TODAY, fill, provenance
from tests.support.ledger import PROVENANCE, annulation, portfolio, services_on, take
from tests.support.postgres import DatabaseFactory

ERASED, BASE = "00000003", BaseEffacement.DONNEES_PLUS_NECESSAIRES


class Filled:
    """A journal with every kind of event, and all that can be asked of it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.reads = JournalReads(services.datastore)
        with services.datastore.get_connection() as connection:
            self.rows = connection.execute("SELECT * FROM stored_events ORDER BY notification_id").fetchall()
        states = [read_state(bytes(row["state"])) for row in self.rows]
        self.sujets = sorted({state.sujet for state in states})
        self.acteurs = sorted({state.acteur for state in states})
        self.topics = sorted({row["topic"] for row in self.rows})
        self.streams = sorted({row["originator_id"] for row in self.rows})

    def all_pages(self, filtres: Filtres, *, limit: int, is_backward: bool) -> list[int]:
        """The positions of every page, in the order in which they come."""
        found: list[int] = []
        place: int | None = None
        for _ in range(len(self.rows) + 2):
            lot = self.reads.page(filtres, place=place, limit=limit, is_backward=is_backward)
            assert len(lot.rows) <= limit
            found += [row["notification_id"] for row in lot.rows]
            if lot.is_last:
                return found
            assert place is None or (lot.examined < place if is_backward else lot.examined > place)
            place = lot.examined
        raise AssertionError("the pages do not end")


@pytest.fixture(scope="module")
def filled(databases_18: DatabaseFactory) -> Iterator[Filled]:
    """Members, corrections, sinistres and bordereaux; projected."""
    url = databases_18.create()
    with services_on(url) as services:
        take(services, *portfolio(140), annulation("ABSENT"))
        fill(services)
        drop_one(services)
        services.effacements.erase(ERASED, base=BASE, provenance=PROVENANCE, le=date(2045, 1, 1))
        services.projection_worker().catch_up()
        yield Filled(services)
    databases_18.drop(url)


def drop_one(services: Services) -> None:
    """A sinistre that is over: its soins are free again."""
    step = Step(reference="SIN-B000002", attendu=None, le=TODAY, motif="sans suite")
    services.recours.hold.drop(step, provenance(1))


def brute(filled: Filled, filtres: Filtres) -> list[int]:
    """What each event says by itself."""
    last = filtres.position_max if filtres.position_max is not None else len(filled.rows)
    positions = (filtres.position_min or 1, last)
    between = [row for row in filled.rows if positions[0] <= row["notification_id"] <= positions[1]]
    return [row["notification_id"] for row in between if filtres.admits(row)]


def test_this_journal_has_what_the_filters_are_about(filled: Filled) -> None:
    assert len(filled.topics) > len(REGISTRY.by_topic) // 2
    without_rows = {"decompte.cancelled", "soin.taken", "soin.freed", "adherent.erased"}
    assert without_rows | {"bordereau.received"} <= set(filled.topics)


def test_every_event_of_a_member_is_found_through_her_read_rows(filled: Filled) -> None:
    """Those that give no read row as well: cancellations, and who holds a soin."""
    found = 0
    for sujet in filled.sujets:
        filtres = Filtres(sujet=sujet)
        expected = brute(filled, filtres)
        lot = filled.reads.page(filtres, place=None, limit=10_000, is_backward=False)
        assert [row["notification_id"] for row in lot.rows] == expected
        found += len(expected)
    assert found == len(filled.rows)


FILTRES = st.fixed_dictionaries(
    {},
    optional={
        "position_min": st.integers(1, 400),
        "position_max": st.integers(0, 400),
        "topic": st.integers(0, 30),
        "payeur": st.sampled_from(Payeur),
        "acteur": st.integers(0, 5),
        "emetteur": st.sampled_from(["cpam-751", "smi", "absent", 'a"b']),
        "sujet": st.integers(0, 30),
    },
)


@given(asked=FILTRES, limit=st.integers(1, 40), is_backward=st.booleans(), budget=st.sampled_from([7, 50, 10_000]))
@settings(max_examples=60, deadline=None)
def test_pages_together_are_what_each_event_says(
    filled: Filled, asked: dict[str, Any], limit: int, is_backward: bool, budget: int
) -> None:
    for name, known in (("topic", filled.topics), ("acteur", filled.acteurs), ("sujet", filled.sujets)):
        if name in asked:
            asked = asked | {name: known[asked[name] % len(known)]}
    filtres = Filtres(**asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "SCANNED_EVENTS_MAX", budget)
        patch.setattr(reading, "WINDOW_EVENTS_MIN", 5)
        patch.setattr(reading, "POSITIONS_AT_ONCE", 3)
        found = filled.all_pages(filtres, limit=limit, is_backward=is_backward)
    expected = brute(filled, filtres)
    assert found == (expected[::-1] if is_backward else expected)


def test_an_identity_is_what_recorded_it_and_what_cancelled_it(filled: Filled) -> None:
    for reference, topics in (
        ("P-12", ["decompte.regime_obligatoire.recorded", "annulation.recorded", "decompte.cancelled"]),
        ("A-P-12", ["annulation.recorded"]),
        ("ABSENT", ["annulation.recorded", "decompte.cancelled"]),
        ("AD-17", []),
        ("NULLE-PART", []),
    ):
        filtres = Filtres(emetteur="cpam-751", reference=reference)
        lot = filled.reads.page(filtres, place=None, limit=10, is_backward=False)
        assert [row["topic"] for row in lot.rows] == topics
        assert [row["notification_id"] for row in lot.rows] == brute(filled, filtres)
    [registered] = filled.reads.page(
        Filtres(emetteur="smi", reference="AD-17"), place=None, limit=10, is_backward=False
    ).rows
    assert registered["topic"] == "adherent.registered"


def test_a_stream_is_found_by_its_key(filled: Filled) -> None:
    for stream in filled.streams[::7]:
        lot = filled.reads.page(Filtres(flux=stream), place=None, limit=100, is_backward=False)
        assert [row["originator_version"] for row in lot.rows] == list(range(1, len(lot.rows) + 1))
        assert lot.rows
    assert filled.reads.page(Filtres(flux=UUID(int=1)), place=None, limit=9, is_backward=True).rows == []


def test_what_the_read_rows_have_not_reached_is_looked_through(services: Services) -> None:
    take(services, *portfolio(45))
    behind = Filled(services)
    for filtres in (Filtres(sujet=behind.sujets[0]), Filtres(emetteur="cpam-751", reference="P-12")):
        expected = brute(behind, filtres)
        lot = behind.reads.page(filtres, place=None, limit=100, is_backward=False)
        assert [row["notification_id"] for row in lot.rows] == expected != []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "TAIL_EVENTS_MAX", len(behind.rows) - 1)
            with pytest.raises(LecturesEnRetard):
                behind.reads.page(filtres, place=None, limit=10, is_backward=False)
