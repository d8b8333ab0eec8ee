"""What becomes of an annulation: before, after and beside what it names."""

import pytest

from ledger.decompte.events import DecompteCancelled
from ledger.repartition import Anomalie
from tests.commands.taking import RECORDED, REPEATED, WAITING, code, conflict, one, taken
from tests.support.examples import AUTRE_NUMERO, NUMERO, SOIN, adherent, annulation, ro, smi
from tests.support.feed import feed
from tests.support.memory import MemoryLedger


def test_an_annulation_after_its_decompte_is_recorded_and_cancels_it(ledger: MemoryLedger) -> None:
    double = smi()
    assert taken(ledger, ro(), smi(), double, annulation(double)) == [RECORDED] * 4
    assert isinstance(ledger.journal.facts[-1].event, DecompteCancelled)
    assert ledger.dossier(NUMERO).soins[SOIN].split.smi == 900


def test_an_annulation_before_its_decompte_waits_with_a_position(ledger: MemoryLedger) -> None:
    double = smi()
    waiting = one(ledger, annulation(double))
    assert (waiting.statut, waiting.position) == (WAITING, 1)
    assert one(ledger, double).statut is RECORDED
    assert ledger.dossier(NUMERO).soins == {}


@pytest.mark.parametrize("comes_first", [True, False], ids=["décompte first", "annulation first"])
def test_both_may_come_in_one_batch(ledger: MemoryLedger, *, comes_first: bool) -> None:
    double = smi()
    messages = [feed(double), feed(annulation(double))]
    outcomes = ledger.take(*(messages if comes_first else messages[::-1]))
    assert [o.statut for o in outcomes] == ([RECORDED, RECORDED] if comes_first else [WAITING, RECORDED])
    assert ledger.dossier(NUMERO).soins == {}


def test_an_annulation_of_another_members_decompte_is_kept_aside(ledger: MemoryLedger) -> None:
    theirs = smi(numero_adherent=AUTRE_NUMERO)
    taken(ledger, theirs)
    assert code(one(ledger, annulation(theirs, numero_adherent=NUMERO))) == "annulation_incoherente"
    assert not ledger.dossier(AUTRE_NUMERO).annulations
    in_one_batch = MemoryLedger().take(feed(theirs), feed(annulation(theirs, numero_adherent=NUMERO)))
    assert [code(outcome) for outcome in in_one_batch] == [None, "annulation_incoherente"]


def test_one_that_waited_for_another_members_decompte_leaves_it_alone(ledger: MemoryLedger) -> None:
    theirs = smi(numero_adherent=AUTRE_NUMERO)
    assert taken(ledger, annulation(theirs, numero_adherent=NUMERO), theirs) == [WAITING, RECORDED]
    assert not ledger.dossier(AUTRE_NUMERO).is_cancelled(("smi", theirs.faits.reference))
    assert (Anomalie.ANNULATION_EN_ATTENTE, None) in ledger.dossier(NUMERO).anomalies
    # Nor does it stand in the way of the right one.
    assert taken(ledger, annulation(theirs)) == [RECORDED]
    assert ledger.dossier(AUTRE_NUMERO).soins == {}


def test_an_annulation_of_an_annulation_is_kept_aside(ledger: MemoryLedger) -> None:
    first = annulation(smi())
    taken(ledger, first)
    assert code(one(ledger, annulation(first))) == "annulation_incoherente"


def test_an_annulation_of_a_registration_is_kept_aside(ledger: MemoryLedger) -> None:
    taken(ledger, adherent(reference="AD-1"))
    assert code(one(ledger, annulation(smi(reference="AD-1")))) == "annulation_incoherente"


def test_an_annulation_of_itself_is_kept_aside(ledger: MemoryLedger) -> None:
    assert code(one(ledger, annulation(smi(), reference="A-1", annule="A-1"))) == "annulation_incoherente"
    assert ledger.journal.position() == 0


def test_a_second_annulation_changes_nothing(ledger: MemoryLedger) -> None:
    double = smi()
    taken(ledger, double, annulation(double))
    second = one(ledger, annulation(double))
    assert (second.statut, ledger.journal.position()) == (REPEATED, 3)


def test_a_second_annulation_that_waits_changes_nothing(ledger: MemoryLedger) -> None:
    double = smi()
    assert taken(ledger, annulation(double), annulation(double), double) == [WAITING, REPEATED, RECORDED]


def test_the_same_annulation_again_is_a_repeat_before_and_after_its_decompte_came(ledger: MemoryLedger) -> None:
    double = smi()
    waiting = annulation(double)
    assert taken(ledger, waiting, waiting, double, waiting) == [WAITING, REPEATED, RECORDED, REPEATED]
    assert one(ledger, waiting).position == 1


def test_another_annulation_under_one_identity_is_a_conflict(ledger: MemoryLedger) -> None:
    taken(ledger, annulation(smi(reference="S-1"), reference="A-1"))
    assert conflict(one(ledger, annulation(smi(reference="S-2"), reference="A-1"))) == ["/annule"]


def test_a_second_annulation_does_not_take_an_identity(ledger: MemoryLedger) -> None:
    """It is not recorded, so what names it, or comes under its number, is judged as if it had never come."""
    double = smi(reference="S-1")
    theirs = smi(reference="S-2", numero_adherent=AUTRE_NUMERO)
    first, second = annulation(double), annulation(double, reference="A-2")
    taken(ledger, double, first, theirs)
    outcomes = ledger.take(feed(second), feed(annulation(theirs, reference="A-2", numero_adherent=NUMERO)))
    assert [code(outcome) for outcome in outcomes] == [None, "annulation_incoherente"]
    outcomes = ledger.take(feed(second), feed(annulation(second)))
    assert [outcome.statut for outcome in outcomes] == [REPEATED, WAITING]


def test_a_repeat_of_a_cancelled_decompte_says_so(ledger: MemoryLedger) -> None:
    double = smi()
    taken(ledger, double, annulation(double))
    again = one(ledger, double)
    assert (again.statut, again.is_cancelled) == (REPEATED, True)
