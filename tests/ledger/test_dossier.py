"""The whole of one member: where deferred deductions count, what an annulation does, what recoveries are held to."""

from datetime import date
from itertools import permutations

import msgspec
import pytest

from ledger.decompte.events import DecompteRecorded, LigneOrigine
from ledger.events import Event
from ledger.payeurs import Categorie, PourCompteDe
from ledger.repartition import Anomalie, Split
from tests.support.examples import (
    annulation,
    autre,
    franchise,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.given import Given, given

A, B, C = "S-A", "S-B", "S-C"


def paid_in_tiers_payant(soin: str = A) -> DecompteRecorded:
    """The régime obligatoire paid the professional whole; the participation is for later."""
    return ro(montant=3000, soin=soin)


def deferred(of: DecompteRecorded, *, ligne: str = "1", on: str = B, **changes: object) -> DecompteRecorded:
    """Weeks later the participation of another soin is taken from this payment."""
    return ro(
        prestation(195, soin=on, depense=300, base=300),
        participation(-200, soin=on, ligne_origine=origine(of, ligne)),
        **changes,
    )


def test_a_deferred_deduction_counts_on_the_soin_that_it_comes_from() -> None:
    paid = paid_in_tiers_payant()
    given(paid, deferred(paid), smi(montant=105, soin=B, depense=300)).then_whole_split(
        Split(depense=3000, regime_obligatoire=2800, reste_a_charge=200), A
    ).then_whole_split(Split(depense=300, regime_obligatoire=195, smi=105), B)


def test_it_counts_where_it_stands_until_the_ledger_knows_its_origin() -> None:
    paid = paid_in_tiers_payant()
    waiting = given(deferred(paid))
    waiting.then_split(B, depense=300, regime_obligatoire=-5, reste_a_charge=305)
    waiting.then_anomalies(Anomalie.ORIGINE_INCONNUE, soin=B)
    known = waiting.when(paid)
    known.then_split(A, reste_a_charge=200).then_split(B, reste_a_charge=105)
    known.then_anomalies(soin=A).then_anomalies(soin=B)


def test_it_counts_there_too_when_the_origin_has_been_cancelled() -> None:
    paid = paid_in_tiers_payant()
    given(paid, deferred(paid), annulation(paid)).then_whole_split(
        Split(depense=0, regime_obligatoire=-200, reste_a_charge=200), A
    )


def test_it_counts_nowhere_once_its_own_decompte_is_cancelled() -> None:
    paid = paid_in_tiers_payant()
    later = deferred(paid)
    given(paid, later, annulation(later)).then_split(A, reste_a_charge=0)


def test_only_deductions_follow_their_origin() -> None:
    paid = ro(soin=A)
    given(paid, smi(prestation(900, soin=B, ligne_origine=origine(paid)))).then_split(A, smi=0).then_split(B, smi=900)


def test_a_deduction_given_back_follows_the_deferred_one() -> None:
    paid = paid_in_tiers_payant()
    later = deferred(paid)
    given_back = ro(participation(200, soin=C, ligne_origine=origine(later, "2")))
    given(paid, later, given_back).then_split(A, reste_a_charge=0, regime_obligatoire=3000)


def test_a_chain_of_deferred_deductions_is_followed_to_its_end_in_any_order() -> None:
    paid = paid_in_tiers_payant(A)
    second = ro(participation(-200, soin=B, ligne_origine=origine(paid)))
    third = ro(franchise(-100, soin=C, ligne_origine=origine(second)))
    for events in permutations([paid, second, third]):
        chained = given(*events)
        chained.then_whole_split(Split(depense=3000, regime_obligatoire=2700, reste_a_charge=300), A)
        assert set(chained.dossier.soins) == {A}


def test_a_chain_whose_end_is_unknown_counts_on_the_last_known_soin() -> None:
    second = ro(participation(-200, soin=B, ligne_origine=origine(ro(soin=A))))
    third = ro(franchise(-100, soin=C, ligne_origine=origine(second)))
    found = given(third, second)
    found.then_split(B, regime_obligatoire=-300)
    assert set(found.dossier.soins) == {B}
    assert Anomalie.ORIGINE_INCONNUE in found.soin(B).anomalies


def loop(*soins: str) -> list[Event]:
    """Deductions of which each names the next and the last the first."""
    plain = [ro(participation(-100, soin=soin), reference=f"LOOP-{soin}") for soin in soins]
    following = [*plain[1:], plain[0]]
    return [
        ro(participation(-100, soin=soin, ligne_origine=origine(named)), reference=f"LOOP-{soin}")
        for soin, named in zip(soins, following, strict=True)
    ]


@pytest.mark.parametrize("soins", [(A,), (A, B), (A, B, C)], ids=["itself", "each other", "in a round"])
def test_deductions_that_name_each_other_in_a_loop_stay_where_they_are(soins: tuple[str, ...]) -> None:
    for events in permutations(loop(*soins)):
        found = given(*events)
        for soin in soins:
            found.then_split(soin, regime_obligatoire=-100)


def test_a_deduction_that_leads_into_a_loop_stays_where_it_is() -> None:
    round_trip = loop(A, B)
    outside = ro(
        participation(-50, soin=C, ligne_origine=LigneOrigine(emetteur="cpam-751", reference=f"LOOP-{A}", ligne="1"))
    )
    given(*round_trip, outside).then_split(C, regime_obligatoire=-50).then_split(A, regime_obligatoire=-100)


def test_an_annulation_cancels_a_decompte_whole() -> None:
    double = smi()
    given(ro(), smi(), double, annulation(double)).then_whole_split(
        Split(depense=3000, regime_obligatoire=2100, smi=900)
    )


def test_a_soin_whose_only_decompte_is_cancelled_is_no_more() -> None:
    paid = ro()
    found = given(paid, annulation(paid))
    assert found.dossier.soins == {}
    assert found.dossier.is_cancelled((paid.faits.emetteur, paid.faits.reference))


def test_an_annulation_that_waits_is_applied_when_its_decompte_comes() -> None:
    double = smi()
    waiting = given(annulation(double), ro(), smi())
    waiting.then_split(smi=900)
    waiting.when(double).then_split(smi=900, trop_percu=0)


def test_an_annulation_touches_no_decompte_of_another_emetteur() -> None:
    paid = smi(reference="SAME")
    other = ro(reference="SAME")
    given(paid, other, annulation(paid)).then_split(smi=0, regime_obligatoire=2100)


def test_a_decompte_known_twice_counts_once() -> None:
    paid = ro()
    given(paid, paid).then_split(regime_obligatoire=2100)


@pytest.mark.parametrize("cancels", ["annulation", "regularisation"])
def test_cancelling_the_ro_while_smi_stays_leaves_its_part_to_the_member(cancels: str) -> None:
    paid = ro()
    correction = annulation(paid) if cancels == "annulation" else regularisation(paid)
    given(paid, smi(), correction).then_whole_split(Split(depense=3000, smi=900, reste_a_charge=2100))


def accident(*recoveries: DecompteRecorded) -> Given:
    """Two soins after an accident: RO 21,00 and SMI 5,00 on A, SMI 10,00 of 30,00 on B."""
    return given(ro(soin=A), smi(montant=500, soin=A), smi(montant=1000, soin=B, base=None), *recoveries)


def test_recoveries_are_held_to_what_the_payer_paid_on_all_the_soins_of_the_sinistre() -> None:
    whole = recours(indemnite(700, soin=A), indemnite(800, soin=B))
    accident(whole).then_anomalies(soin=A).then_anomalies(soin=B)
    one_more = recours(indemnite(1, soin=A))
    exceeded = accident(whole, one_more)
    for soin in (A, B):
        exceeded.then_anomalies(Anomalie.RECOUVREMENT_EXCEDENTAIRE, soin=soin)


def test_recoveries_of_two_sinistres_are_held_apart() -> None:
    first = recours(indemnite(500, soin=A), sinistre="SIN-1")
    second = recours(indemnite(1001, soin=B), sinistre="SIN-2")
    accident(first, second).then_anomalies(soin=A).then_anomalies(Anomalie.RECOUVREMENT_EXCEDENTAIRE, soin=B)


@pytest.mark.parametrize(
    ("repaired", "limit"),
    [
        (PourCompteDe.REGIME_OBLIGATOIRE, 2100),
        (PourCompteDe.SMI, 500),
        (PourCompteDe.AUTRE_MUTUELLE, 300),
    ],
)
def test_each_payer_has_a_limit_of_its_own(repaired: PourCompteDe, limit: int) -> None:
    paid = given(ro(), smi(montant=500), autre(montant=300))
    paid.when(recours(indemnite(limit, repaired))).then_anomalies()
    paid.when(recours(indemnite(limit + 1, repaired))).then_anomalies(Anomalie.RECOUVREMENT_EXCEDENTAIRE)


def test_a_correction_after_a_recovery_opens_the_check_again() -> None:
    paid = smi()
    recovered = given(ro(), paid, recours(indemnite(900)))
    recovered.then_anomalies()
    for correction in (annulation(paid), regularisation(paid)):
        assert Anomalie.RECOUVREMENT_EXCEDENTAIRE in recovered.when(correction).soin().anomalies


def test_a_recovery_taken_back_closes_the_gap() -> None:
    too_much = recours(indemnite(901))
    given(ro(), smi(), too_much, annulation(too_much)).then_anomalies()
    given(ro(), smi(), too_much, recours(indemnite(-1))).then_anomalies()


def test_the_victim_and_the_payers_may_both_have_too_much() -> None:
    given(ro(), smi(montant=500), recours(indemnite(501), indemnite(401, PourCompteDe.VICTIME))).then_anomalies(
        Anomalie.RECOUVREMENT_EXCEDENTAIRE, Anomalie.INDEMNISATION_EXCEDENTAIRE
    )


def test_the_victim_is_held_to_what_was_left_to_her_on_all_the_soins() -> None:
    accident(
        recours(indemnite(400, PourCompteDe.VICTIME, soin=A), indemnite(2000, PourCompteDe.VICTIME, soin=B))
    ).then_anomalies(soin=A)
    accident(
        recours(indemnite(401, PourCompteDe.VICTIME, soin=A), indemnite(2000, PourCompteDe.VICTIME, soin=B))
    ).then_anomalies(Anomalie.INDEMNISATION_EXCEDENTAIRE, soin=A)


def test_without_her_key_the_figures_stay_and_the_care_is_no_longer_named() -> None:
    erased = [msgspec.structs.replace(event, personnel=None) for event in (ro(), smi())]
    repartition = given(*erased).then_split(depense=3000, reste_a_charge=0).soin().repartition
    assert (repartition.acte, repartition.libelle, repartition.categorie) == (None, None, Categorie.AUTRES)
    assert repartition.date_soin == date(2026, 3, 10)


def test_what_was_known_before_a_position_is_what_was_recorded_before_it() -> None:
    paid = smi()
    events = [ro(), paid, annulation(paid)]
    found = given(*events)
    for position in (1, 2, 3, 4):
        known = found.dossier.before(position)
        expected = given(*events[: position - 1]).dossier
        assert (known.soins, known.anomalies, known.decomptes, known.annulations) == (
            expected.soins,
            expected.anomalies,
            expected.decomptes,
            expected.annulations,
        )
