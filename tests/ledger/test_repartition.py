"""The reste à charge of one soin (domain.md, section 3)."""

from datetime import date

import pytest

from ledger.decompte.events import DecompteRecorded
from ledger.payeurs import Categorie, Nature, PourCompteDe
from ledger.repartition import Anomalie, Split, total_of
from tests.support.examples import (
    autre,
    complement,
    franchise,
    indemnite,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.given import given


def test_the_regime_obligatoire_then_smi_leave_the_participation_to_the_member() -> None:
    given(ro(prestation(), participation()), smi()).then_whole_split(
        Split(depense=3000, regime_obligatoire=1900, smi=900, reste_a_charge=200)
    )


def test_a_double_payment_is_a_trop_percu_and_never_a_negative_reste_a_charge() -> None:
    given(ro(prestation(), participation()), smi(), smi()).then_split(smi=1800, reste_a_charge=200, trop_percu=900)


def test_another_mutuelle_pays_after_smi() -> None:
    given(ro(), smi(montant=500), autre(montant=300)).then_whole_split(
        Split(depense=3000, regime_obligatoire=2100, smi=500, autre_mutuelle=300, reste_a_charge=100)
    )


def test_the_depense_that_every_payer_repeats_is_not_added_up() -> None:
    given(ro(), smi(), autre()).then_split(depense=3000)


def test_the_depense_that_one_payer_repeats_is_not_added_up() -> None:
    given(ro(), ro()).then_split(depense=3000, regime_obligatoire=4200, trop_percu=1200)


def test_a_rappel_repeats_the_depense_and_adds_its_amount() -> None:
    given(ro(montant=900), ro(montant=1200), smi()).then_split(
        depense=3000, regime_obligatoire=2100, reste_a_charge=0, trop_percu=0
    )


def test_the_depenses_of_three_acts_in_one_message_add_up() -> None:
    acts = [prestation(700, depense=1000) for _ in range(3)]
    given(ro(*acts), smi(montant=900, depense=3000)).then_split(depense=3000, reste_a_charge=0).then_anomalies()


def test_two_equal_lines_are_both_real() -> None:
    given(ro(prestation(650, depense=1000), prestation(650, depense=1000))).then_split(
        depense=2000, regime_obligatoire=1300, reste_a_charge=700
    )


def test_of_several_statements_of_one_payer_the_largest_of_one_decompte_counts() -> None:
    given(ro(montant=900, depense=3000), ro(montant=900, depense=5000)).then_split(depense=5000)


def test_what_one_decompte_states_is_the_sum_of_its_positive_lines() -> None:
    corrected = ro(prestation(2100, depense=3000), prestation(-700, depense=-1000, quantite=-1))
    given(corrected, ro(montant=1050, depense=1500)).then_split(depense=3000)


def test_a_regularisation_takes_the_depense_back() -> None:
    first = ro()
    given(first, regularisation(first)).then_whole_split(Split())


def test_a_regularisation_and_its_replacement_end_as_the_replacement() -> None:
    first = ro(prestation(2100), participation())
    replaced = regularisation(first, prestation(900), participation())
    given(first, smi(), replaced).then_split(depense=3000, regime_obligatoire=700, smi=900, reste_a_charge=1400)


def test_what_is_stated_then_taken_back_is_stated_as_nothing_and_not_unknown() -> None:
    first = ro()
    given(first, regularisation(first), smi(depense=None)).then_split(depense=0, smi=900, trop_percu=900)


def test_the_payer_of_the_smallest_rang_states_the_depense() -> None:
    given(ro(rang=2, depense=3000), smi(rang=1, depense=3200)).then_split(depense=3200)


@pytest.mark.parametrize(
    ("events", "depense"),
    [
        ([ro(rang=1, depense=3000), smi(rang=1, depense=3200), autre(rang=1, depense=3400)], 3000),
        ([smi(rang=1, depense=3200), autre(rang=1, depense=3400)], 3200),
    ],
)
def test_ties_of_rang_go_to_the_regime_obligatoire_then_smi_then_the_other_mutuelle(
    events: list[DecompteRecorded], depense: int
) -> None:
    given(*events).then_split(depense=depense)
    given(*reversed(events)).then_split(depense=depense)


def test_a_payer_of_several_rangs_speaks_at_its_smallest() -> None:
    given(ro(rang=2, depense=3000), smi(rang=3, depense=3200), smi(rang=1, depense=3200)).then_split(depense=3200)


def test_a_payer_that_states_nothing_leaves_the_word_to_the_next() -> None:
    given(ro(depense=None), smi(depense=3200)).then_split(depense=3200)


def test_a_payer_that_states_zero_leaves_the_word_to_the_next() -> None:
    given(ro(montant=0, depense=0, base=0), smi(montant=2500, depense=6000)).then_split(
        depense=6000, reste_a_charge=3500
    )


def test_when_every_payer_states_zero_the_depense_is_zero() -> None:
    given(ro(montant=0, depense=0, base=0)).then_whole_split(Split())


def test_a_depense_that_nobody_states_is_what_was_paid_and_what_is_not_covered() -> None:
    given(ro(prestation(2100, depense=None), participation(-200))).then_split(depense=2100, reste_a_charge=200)


def test_a_regularisation_without_its_original_states_what_was_paid() -> None:
    orphan = ro(montant=-2100, depense=-3000, base=-3000, quantite=-1)
    given(orphan).then_whole_split(Split(depense=-2100, regime_obligatoire=-2100))


def test_one_orphan_payer_makes_the_soin_orphan_whatever_the_others_state() -> None:
    orphan = ro(montant=-2100, depense=-3000, quantite=-1)
    given(orphan, smi()).then_split(depense=-1200, reste_a_charge=0, trop_percu=0)


def test_a_depense_below_zero_alone_makes_an_orphan() -> None:
    given(ro(montant=0, depense=-1), smi()).then_split(depense=900).then_anomalies(Anomalie.REGULARISATION_ORPHELINE)


def test_a_complement_taken_back_without_its_original_makes_an_orphan() -> None:
    given(ro(complement(-600)), smi()).then_split(depense=300).then_anomalies(Anomalie.REGULARISATION_ORPHELINE)


def test_a_deduction_alone_is_no_orphan() -> None:
    given(ro(participation(-200))).then_split(depense=0, regime_obligatoire=-200, reste_a_charge=200)


def test_a_deduction_given_back_alone_leaves_nothing_to_the_member() -> None:
    given(ro(participation(200))).then_whole_split(Split(depense=200, regime_obligatoire=200))


def test_the_depense_repeated_on_other_natures_counts_for_nothing() -> None:
    given(ro(prestation(2100, depense=None), participation(-200, depense=9000)), smi(depense=3000)).then_split(
        depense=3000
    )


def test_the_local_scheme_pays_as_the_regime_obligatoire_and_states_no_depense() -> None:
    given(ro(prestation(2100), complement(600, depense=9000))).then_split(
        depense=3000, regime_obligatoire=2700, reste_a_charge=300
    )


@pytest.mark.parametrize(
    "nature", [Nature.PARTICIPATION_FORFAITAIRE, Nature.FRANCHISE, Nature.MAJORATION_HORS_PARCOURS]
)
def test_what_is_not_covered_stays_with_the_member_although_everything_else_is_paid(nature: Nature) -> None:
    given(ro(prestation(3000), participation(-200, nature=nature)), smi(montant=200)).then_split(
        reste_a_charge=200, trop_percu=200
    )


def test_deductions_of_several_kinds_add_up() -> None:
    given(ro(prestation(3000), participation(-200), franchise(-100))).then_split(reste_a_charge=300)


def test_smi_may_say_that_it_covers_a_participation() -> None:
    given(ro(prestation(), participation()), smi(prestation(900), participation(200))).then_split(
        smi=1100, reste_a_charge=0, trop_percu=0
    )


def test_a_recovery_never_changes_the_reste_a_charge() -> None:
    before = given(ro(), smi(montant=500))
    after = before.when(recours(indemnite(300, PourCompteDe.SMI), indemnite(2100, PourCompteDe.REGIME_OBLIGATOIRE)))
    assert after.soin().split == before.soin().split


def test_what_the_victim_gets_is_shown_apart() -> None:
    given(ro(), smi(montant=500), recours(indemnite(400, PourCompteDe.VICTIME))).then_split(
        reste_a_charge=400, indemnise_par_tiers=400
    )


def test_a_recovery_taken_back_is_not_counted() -> None:
    given(
        ro(), recours(indemnite(400, PourCompteDe.VICTIME)), recours(indemnite(-400, PourCompteDe.VICTIME))
    ).then_split(indemnise_par_tiers=0)


def test_the_smallest_rang_names_the_care() -> None:
    late = ro(acte="CS", libelle="Consultation spécialiste", date_soin=date(2026, 3, 11), beneficiaire="02")
    named = given(smi(categorie=Categorie.PHARMACIE), late).soin().repartition
    assert (named.acte, named.libelle, named.date_soin, named.beneficiaire, named.categorie) == (
        "CS",
        "Consultation spécialiste",
        date(2026, 3, 11),
        "02",
        Categorie.CONSULTATIONS,
    )


@pytest.mark.parametrize(
    "events",
    [
        [ro(acte="B", emetteur="cpam-752", reference="R-1"), ro(acte="A", emetteur="cpam-751", reference="R-2")],
        [ro(acte="B", reference="R-2"), ro(acte="A", reference="R-1")],
        [ro(prestation(acte="B", ligne="2"), prestation(acte="A", ligne="1"))],
    ],
    ids=["emetteur", "reference", "ligne"],
)
def test_among_one_rang_the_smallest_emetteur_reference_and_ligne_name_the_care(events: list[DecompteRecorded]) -> None:
    assert given(*events).soin().repartition.acte == "A"


def test_without_a_prestation_the_care_is_of_the_earliest_date_and_of_the_category_autres() -> None:
    alone = given(
        ro(participation(date_soin=date(2026, 3, 12))), recours(indemnite(100, date_soin=date(2026, 3, 11)))
    ).soin()
    assert alone.repartition.date_soin == date(2026, 3, 11)
    assert alone.repartition.categorie is Categorie.AUTRES
    assert alone.repartition.acte is None


def test_the_base_is_the_one_that_the_first_payer_states() -> None:
    assert given(smi(base=2000), ro(base=3000)).soin().repartition.base == 3000
    assert given(smi(base=2000), ro(base=None)).soin().repartition.base == 2000
    assert given(ro(base=None)).soin().repartition.base is None


def test_splits_add_up_and_nothing_is_zero() -> None:
    part = Split(depense=7, regime_obligatoire=6, smi=5, autre_mutuelle=4, reste_a_charge=3, trop_percu=2)
    assert total_of([part, part, Split(indemnise_par_tiers=1)]) == Split(
        depense=14,
        regime_obligatoire=12,
        smi=10,
        autre_mutuelle=8,
        reste_a_charge=6,
        trop_percu=4,
        indemnise_par_tiers=1,
    )
    assert total_of([]) == Split()
