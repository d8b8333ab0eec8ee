"""Why an amount changed: each thing that came in about a soin, and what was left after it."""

from ledger.decompte.events import DecompteRecorded
from ledger.payeurs import Nature, PourCompteDe
from readmodels.historique import ETAPES_MAX, Etape, historique
from tests.support.examples import (
    annulation,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.given import Given, given, recorded_at

A, B = "S-A", "S-B"


def story_of(recorded: Given, event: DecompteRecorded) -> tuple[Etape, ...]:
    return historique(recorded.dossier, (event.faits.emetteur, event.faits.reference))


def left(etapes: tuple[Etape, ...]) -> list[tuple[int, int]]:
    """What was left before and after each step."""
    return [(etape.avant.reste_a_charge, etape.apres.reste_a_charge) for etape in etapes]


def test_each_payment_says_what_was_left_after_it_in_the_order_in_which_it_came() -> None:
    late = smi(soin=A)
    paid = ro(prestation(soin=A))
    etapes = story_of(given(paid, ro(soin=B), late), paid)
    assert [(e.position, e.montant, e.is_provisoire) for e in etapes] == [(1, 2100, True), (3, 900, False)]
    assert left(etapes) == [(0, 900), (900, 0)]
    assert etapes[0].enregistre_at == recorded_at(1)


def test_the_last_step_ends_where_the_statement_stands() -> None:
    paid = ro(prestation(), participation())
    recorded = given(paid, smi(), regularisation(paid), annulation(paid), ro())
    assert story_of(recorded, paid)[-1].apres == recorded.soin().split


def test_a_deduction_that_came_later_is_a_step_of_what_it_was_taken_for() -> None:
    paid = ro(montant=2100, soin=A)
    later = ro(participation(soin=B, ligne_origine=origine(paid)))
    first, second = story_of(given(paid, later), paid)
    assert (second.montant, second.natures) == (-200, (Nature.PARTICIPATION_FORFAITAIRE,))
    assert left((first, second)) == [(0, 900), (900, 1100)]


def test_an_annulation_is_a_step_with_its_reason_and_without_an_amount() -> None:
    double = smi()
    etapes = story_of(given(ro(), smi(), double, annulation(double, motif="double_paiement")), double)
    assert [e.montant for e in etapes] == [2100, 900, 900, None]
    assert (etapes[-1].motif, etapes[-1].reference) == ("double_paiement", double.faits.reference)
    assert [e.apres.trop_percu for e in etapes] == [0, 0, 900, 0]


def test_an_annulation_that_waited_is_told_after_what_it_cancels() -> None:
    double = smi()
    etapes = story_of(given(ro(), annulation(double), double), double)
    assert [(e.position, e.montant) for e in etapes] == [(1, 2100), (3, 900), (3, None)]
    assert etapes[-1].apres.smi == 0


def test_what_is_recovered_for_a_payer_is_no_step_and_what_the_victim_gets_is_one() -> None:
    paid = ro()
    recorded = given(paid, smi(), recours(indemnite(500)), recours(indemnite(100, PourCompteDe.VICTIME)))
    assert [e.montant for e in story_of(recorded, paid)] == [2100, 900, 100]


def test_a_very_long_story_keeps_its_end() -> None:
    paid = ro()
    recorded = given(paid, *(smi(montant=1) for _ in range(ETAPES_MAX + 10)))
    etapes = story_of(recorded, paid)
    assert len(etapes) == ETAPES_MAX
    assert etapes[-1].apres == recorded.soin().split


def test_a_member_whose_key_is_gone_still_has_the_amounts() -> None:
    paid = ro(prestation(motif="rappel"))
    recorded = given(paid, smi())
    for connu in recorded.dossier.decomptes.values():
        object.__setattr__(connu, "personnel", None)
    etapes = story_of(recorded, paid)
    assert [(e.montant, e.motif) for e in etapes] == [(2100, None), (900, None)]
