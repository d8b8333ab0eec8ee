"""What every adapter of the ports of commands promises, in memory or in a database.

A test class derives from one of these and says, in a fixture, which adapter it is about.
"""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from msgspec.json import encode
from msgspec.structs import replace

from commands.ports import Fact, Journal, Provenance, Quarantaine, Rejet, Sujets
from ledger.errors import JsonInvalide, TypeInconnu
from ledger.events import Event
from ledger.references import Stream
from tests.support.examples import annulation, cancelled, ro, smi

PROVENANCE = Provenance(actor="test", trace_id="0" * 32)


def append(journal: Journal, groups: Sequence[Sequence[Fact]]) -> list[int | None]:
    """Seal and append, as the intake does."""
    return journal.append(journal.seal(groups, [PROVENANCE] * len(groups)))


class JournalPromises:
    """Groups are recorded whole or not at all, in order, without a gap."""

    @pytest.fixture
    def journal(self) -> Journal:
        raise NotImplementedError

    @pytest.fixture
    def sujets(self) -> Sujets:
        raise NotImplementedError

    def fact(self, sujets: Sujets, journal: Journal, event: Event, stream: Stream | None = None) -> Fact:
        sujet = sujets.resolve(["00412345"], create=True)["00412345"]
        personnel = None if event.personnel is None else encode(event.personnel)
        empreinte = journal.empreinte(b"content")
        return Fact(stream or uuid4().bytes, sujet, type(event), encode(event.faits), personnel, empreinte)

    def test_groups_get_the_positions_of_their_first_events(self, journal: Journal, sujets: Sujets) -> None:
        event = annulation(smi())
        before = journal.position()
        pair = [self.fact(sujets, journal, event), self.fact(sujets, journal, cancelled(event))]
        single = [self.fact(sujets, journal, ro())]
        assert append(journal, [pair, single]) == [before + 1, before + 3]
        assert journal.position() == before + 3

    def test_nothing_is_appended_for_nothing(self, journal: Journal) -> None:
        before = journal.position()
        assert append(journal, []) == []
        assert journal.position() == before

    def test_what_is_appended_can_be_read_again(self, journal: Journal, sujets: Sujets) -> None:
        fact = self.fact(sujets, journal, ro())
        [position] = append(journal, [[fact]])
        found = journal.first_of([fact.stream, uuid4().bytes])
        assert list(found) == [fact.stream]
        recorded = found[fact.stream]
        assert (recorded.event, recorded.sujet, recorded.empreinte, recorded.position) == (
            fact.event(),
            fact.sujet,
            fact.empreinte,
            position,
        )
        assert journal.first_of([]) == {}

    def test_a_group_with_a_stream_that_has_begun_is_not_recorded_at_all(
        self, journal: Journal, sujets: Sujets
    ) -> None:
        first, other = self.fact(sujets, journal, ro()), self.fact(sujets, journal, smi())
        append(journal, [[first]])
        before = journal.position()
        again = self.fact(sujets, journal, ro(), first.stream)
        assert append(journal, [[other, again]]) == [None]
        assert journal.position() == before
        assert journal.first_of([other.stream]) == {}
        assert journal.first_of([first.stream])[first.stream].event == first.event()

    def test_of_two_groups_that_begin_one_stream_the_first_wins(self, journal: Journal, sujets: Sujets) -> None:
        first, after = self.fact(sujets, journal, ro()), self.fact(sujets, journal, smi())
        second = self.fact(sujets, journal, ro(), first.stream)
        before = journal.position()
        assert append(journal, [[first], [second], [after]]) == [before + 1, None, before + 2]
        assert journal.first_of([first.stream])[first.stream].event == first.event()

    def test_a_stream_goes_on_at_the_next_version_and_is_read_whole(self, journal: Journal, sujets: Sujets) -> None:
        first = self.fact(sujets, journal, ro())
        second = replace(self.fact(sujets, journal, smi(), first.stream), version=2)
        append(journal, [[first], [second]])
        loaded = journal.load([first.stream, uuid4().bytes])
        assert list(loaded) == [first.stream]
        assert [(fact.version, fact.event) for fact in loaded[first.stream]] == [
            (1, first.event()),
            (2, second.event()),
        ]
        assert journal.first_of([first.stream])[first.stream].event == first.event()
        assert journal.load([]) == {}

    def test_of_two_that_append_at_one_version_the_first_wins(self, journal: Journal, sujets: Sujets) -> None:
        first = self.fact(sujets, journal, ro())
        append(journal, [[first]])
        here, there = (replace(self.fact(sujets, journal, smi(), first.stream), version=2) for _ in range(2))
        before = journal.position()
        assert append(journal, [[here], [there]]) == [before + 1, None]
        assert append(journal, [[self.fact(sujets, journal, ro()), there]]) == [None]
        assert [fact.event for fact in journal.load([first.stream])[first.stream]] == [first.event(), here.event()]

    def test_a_print_tells_equal_contents_from_others(self, journal: Journal) -> None:
        assert journal.empreinte(b"a") == journal.empreinte(b"a") != journal.empreinte(b"b")


class SujetsPromises:
    """A member keeps the token that she first got."""

    @pytest.fixture
    def sujets(self) -> Sujets:
        raise NotImplementedError

    def test_a_member_keeps_her_token(self, sujets: Sujets) -> None:
        first = sujets.resolve(["A-1", "A-2"], create=True)
        again = sujets.resolve(["A-2", "A-3", "A-1"], create=True)
        assert {numero: again[numero] for numero in first} == first
        assert len(set(again.values())) == 3

    def test_who_is_unknown_is_left_out_unless_asked_for(self, sujets: Sujets) -> None:
        assert sujets.resolve(["A-1"], create=False) == {}
        [token] = sujets.resolve(["A-1"], create=True).values()
        assert sujets.resolve(["A-1", "A-2"], create=False) == {"A-1": token}
        assert sujets.resolve([], create=True) == {}


class QuarantainePromises:
    """Nothing refused is lost, and the same refusal twice is one."""

    @pytest.fixture
    def quarantaine(self) -> Quarantaine:
        raise NotImplementedError

    def test_the_same_bytes_under_the_same_code_are_one(self, quarantaine: Quarantaine) -> None:
        def rejet(raw: bytes, *, is_json: bool = False) -> Rejet:
            refusal = TypeInconnu() if is_json else JsonInvalide()
            return Rejet(raw=raw, refusal=refusal, origine="test", ligne=1, deposant="source:*")

        first, second, again, other_code = quarantaine.keep(
            [rejet(b"{"), rejet(b"["), rejet(b"{"), rejet(b"{", is_json=True)]
        )
        assert first == again
        assert len({first, second, other_code}) == 3
        assert quarantaine.keep([rejet(b"{")]) == [first]
        assert quarantaine.keep([]) == []
