"""`position` inside an answer: the last event that changed it, and no later one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from hypothesis import given as property_of
from hypothesis import strategies as st

from ledger.dossier import Dossier
from ledger.events import Event
from ledger.payeurs import PourCompteDe
from ledger.positions import STEPS_MAX
from readmodels.releve import detail, releve
from readmodels.reste_a_charge import reste_a_charge
from readmodels.vues import DetailDecompte, Releve, ResteACharge
from tests.support.examples import (
    NUMERO,
    adherent,
    annulation,
    indemnite,
    origine,
    participation,
    recours,
    reference_of,
    regularisation,
    ro,
    smi,
)
from tests.support.given import Given, dossier_of, given
from tests.support.properties import bounded, bounded_to, histories

A, B, C = "S-A", "S-B", "S-C"
LAST_YEAR = date(2025, 12, 1)

Answer = TypeVar("Answer", Releve, ResteACharge, DetailDecompte | None)


def positions_along(events: Sequence[Event], ask: Callable[[Dossier], Answer]) -> list[tuple[int, int]]:
    """After each event: the position that the answer says, and the one that it should say."""
    numbered = list(enumerate(events, 1))
    found = []
    expected = 0
    before = _bare(ask(dossier_of([])))
    for count in range(1, len(numbered) + 1):
        answer = ask(dossier_of(numbered[:count]))
        if _bare(answer) != before:
            expected, before = count, _bare(answer)
        if answer is not None:
            found.append((answer.position, expected))
    return found


def _bare(answer: Answer) -> Answer:
    return None if answer is None else replace(answer, position=0)


def position_of_releve(recorded: Given, annee: int = 2026) -> int:
    return releve(recorded.dossier, numero_adherent=NUMERO, annee=annee).position


def position_of_reste_a_charge(recorded: Given, annee: int = 2026) -> int:
    return reste_a_charge(recorded.dossier, annee=annee).position


def test_an_unrelated_event_moves_nothing() -> None:
    recorded = given(adherent(), ro(soin=A), smi(soin=A))
    last_year = ro(soin=B, date_soin=LAST_YEAR, date_paiement=LAST_YEAR)
    for unrelated in (last_year, annulation(last_year), adherent(date_effet=LAST_YEAR)):
        assert position_of_releve(recorded.when(unrelated)) == 3
    for unrelated in (last_year, adherent()):
        assert position_of_reste_a_charge(recorded.when(unrelated)) == 3


def test_a_late_notice_about_the_same_soin_moves_the_statement_of_last_year() -> None:
    recorded = given(ro(soin=A, date_paiement=LAST_YEAR), smi(soin=B), smi(soin=A))
    assert position_of_releve(recorded, 2025) == 3


def test_what_is_recovered_for_a_payer_moves_nothing_that_the_member_sees() -> None:
    recorded = given(adherent(), ro(), smi(), recours())
    assert position_of_releve(recorded) == position_of_reste_a_charge(recorded) == 3
    too_much = recorded.when(recours(indemnite(10_000)))
    assert position_of_releve(too_much) == position_of_reste_a_charge(too_much) == 5


def test_the_victims_part_moves_it() -> None:
    recorded = given(adherent(), ro(), recours(indemnite(100, PourCompteDe.VICTIME)))
    assert position_of_releve(recorded) == position_of_reste_a_charge(recorded) == 3


def test_a_cancellation_that_empties_the_year_is_the_last_change() -> None:
    paid = ro()
    recorded = given(adherent(), paid, annulation(paid), ro(soin=B, date_soin=LAST_YEAR, date_paiement=LAST_YEAR))
    assert position_of_reste_a_charge(recorded) == position_of_releve(recorded) == 3


def test_a_decompte_that_an_annulation_waited_for_is_the_last_change() -> None:
    paid = ro()
    assert position_of_reste_a_charge(given(adherent(), annulation(paid))) == 2
    came = given(adherent(), annulation(paid), paid)
    # It was said of every year that an annulation waits.
    assert position_of_reste_a_charge(came, 2026) == position_of_reste_a_charge(came, 2025) == 3


def test_care_that_turns_out_to_be_of_another_year_changes_both_years() -> None:
    recorded = given(adherent(), smi(date_soin=LAST_YEAR, base=None), ro(), ro(soin=B))
    assert position_of_reste_a_charge(recorded, 2025) == 3
    assert position_of_reste_a_charge(recorded) == 4


def test_the_origin_of_a_deferred_deduction_moves_the_statement_that_shows_it() -> None:
    paid = ro(soin=A, date_paiement=LAST_YEAR)
    later = ro(participation(soin=B, ligne_origine=origine(paid)))
    assert position_of_releve(given(later, paid)) == 2
    detailed = detail(given(later, paid, ro(soin=C)).dossier, ("cpam-751", later.faits.reference))
    assert detailed is not None
    assert detailed.position == 2


def test_a_correction_moves_the_detail_that_it_corrects() -> None:
    paid = ro()
    detailed = detail(given(paid, regularisation(paid), ro(soin=B)).dossier, ("cpam-751", paid.faits.reference))
    assert detailed is not None
    assert detailed.position == 2


def test_nothing_yet_is_position_zero() -> None:
    assert position_of_releve(given(ro()), 2025) == 0
    assert position_of_reste_a_charge(given(adherent(), ro()), 2025) == 0


def test_looking_back_is_bounded() -> None:
    """Past the bound a related event is taken for the change: later than it was, never earlier."""
    idle = [recours(indemnite(1)) for _ in range(STEPS_MAX + 10)]
    recorded = given(ro(), smi(), *idle)
    assert position_of_releve(recorded) == len(recorded.events) - STEPS_MAX
    assert position_of_releve(given(ro(), smi(), *idle[:STEPS_MAX])) == 2


@bounded
@property_of(histories(), st.sampled_from((2025, 2026)))
def test_the_position_of_a_releve_is_that_of_the_last_event_that_changed_it(events: list[Event], annee: int) -> None:
    along = positions_along(events, lambda dossier: releve(dossier, numero_adherent=NUMERO, annee=annee))
    assert [said for said, _ in along] == [expected for _, expected in along]


@bounded
@property_of(histories(), st.sampled_from((2025, 2026)))
def test_the_position_of_a_reste_a_charge_is_that_of_the_last_event_that_changed_it(
    events: list[Event], annee: int
) -> None:
    along = positions_along(events, lambda dossier: reste_a_charge(dossier, annee=annee))
    assert [said for said, _ in along] == [expected for _, expected in along]


@bounded_to(60)
@property_of(histories())
def test_the_position_of_a_detail_is_that_of_the_last_event_that_changed_it(events: list[Event]) -> None:
    identites = sorted({(event.faits.emetteur, reference_of(event)) for event in events})  # type: ignore[attr-defined]
    for identite in identites:
        along = positions_along(events, lambda dossier, identite=identite: detail(dossier, identite))  # type: ignore[misc]
        assert [said for said, _ in along] == [expected for _, expected in along]
