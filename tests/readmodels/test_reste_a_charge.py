"""What is left to the member, by year of care."""

from datetime import date

import pytest
from hypothesis import given as property_of

from ledger.events import Event
from ledger.payeurs import Categorie
from ledger.repartition import Anomalie, Split, total_of
from readmodels.reste_a_charge import reste_a_charge
from readmodels.vues import AnomalieSoin, PartBeneficiaire, PartCategorie, PartMois, ResteACharge
from tests.support.examples import adherent, annulation, autre, origine, participation, prestation, ro, smi
from tests.support.given import Given, given
from tests.support.properties import bounded, histories

A, B, C = "S-A", "S-B", "S-C"


def of_2026(recorded: Given, annee: int = 2026) -> ResteACharge:
    return reste_a_charge(recorded.dossier, annee=annee)


def test_care_counts_in_its_own_year_whenever_it_is_paid() -> None:
    recorded = given(ro(date_soin=date(2025, 12, 31), date_paiement=date(2026, 2, 1)))
    assert of_2026(recorded).total == Split()
    assert of_2026(recorded, 2025).total == Split(depense=3000, regime_obligatoire=2100, reste_a_charge=900)


def test_each_soin_counts_once() -> None:
    assert of_2026(given(ro(), smi(), autre(), ro(soin=B))).total == Split(
        depense=6000, regime_obligatoire=4200, smi=900, autre_mutuelle=100, reste_a_charge=900, trop_percu=100
    )


def test_it_is_told_by_category_month_and_beneficiary() -> None:
    recorded = given(
        ro(soin=A, date_soin=date(2026, 3, 10)),
        ro(soin=B, date_soin=date(2026, 3, 31), beneficiaire="02", categorie=Categorie.PHARMACIE),
        ro(soin=C, date_soin=date(2026, 11, 1), categorie=Categorie.PHARMACIE),
    )
    one = {"depense": 3000, "regime_obligatoire": 2100, "reste_a_charge": 900}
    two = {"depense": 6000, "regime_obligatoire": 4200, "reste_a_charge": 1800}
    answer = of_2026(recorded)
    assert answer.par_categorie == (
        PartCategorie(categorie=Categorie.CONSULTATIONS, **one),
        PartCategorie(categorie=Categorie.PHARMACIE, **two),
    )
    assert answer.par_mois == (PartMois(mois="2026-03", **two), PartMois(mois="2026-11", **one))
    assert answer.par_beneficiaire == (
        PartBeneficiaire(beneficiaire="01", **two),
        PartBeneficiaire(beneficiaire="02", **one),
    )


@pytest.mark.parametrize("annee", [1, 987])
def test_a_month_has_four_digits_for_its_year(annee: int) -> None:
    answer = of_2026(given(ro(date_soin=date(annee, 2, 3))), annee)
    assert [part.mois for part in answer.par_mois] == [f"{annee:04d}-02"]


def test_a_deferred_deduction_counts_in_the_year_of_the_care_that_it_comes_from() -> None:
    paid = ro(montant=3000, soin=A, date_soin=date(2025, 12, 20))
    recorded = given(paid, ro(participation(-200, soin=B, date_soin=date(2026, 1, 5), ligne_origine=origine(paid))))
    assert of_2026(recorded, 2025).total.reste_a_charge == 200
    assert of_2026(recorded).total == Split()


def test_what_looks_wrong_is_told_with_its_soin_or_for_the_member_as_a_whole() -> None:
    double = smi(soin=C)
    recorded = given(
        smi(depense=None, soin=B),
        ro(soin=A),
        ro(soin=A),
        ro(date_soin=date(2025, 3, 10), depense=None, soin=C),
        annulation(double),
    )
    assert of_2026(recorded).anomalies == (
        AnomalieSoin(code=Anomalie.DEPENSE_REPETEE, soin=A),
        AnomalieSoin(code=Anomalie.TROP_PERCU, soin=A),
        AnomalieSoin(code=Anomalie.DEPENSE_INCONNUE, soin=B),
        AnomalieSoin(code=Anomalie.ANNULATION_EN_ATTENTE, soin=None),
        AnomalieSoin(code=Anomalie.ADHERENT_INCONNU, soin=None),
    )


def test_a_year_without_care_is_empty() -> None:
    assert of_2026(given(adherent(), ro()), 2025) == ResteACharge(
        annee=2025, position=0, total=Split(), par_categorie=(), par_mois=(), par_beneficiaire=(), anomalies=()
    )


@bounded
@property_of(histories())
def test_over_all_years_it_is_the_sum_over_all_soins_however_it_is_cut(events: list[Event]) -> None:
    recorded = given(*events)
    answers = [of_2026(recorded, annee) for annee in (2025, 2026)]
    assert total_of(answer.total for answer in answers) == total_of(s.split for s in recorded.dossier.soins.values())
    for answer in answers:
        for parts in (answer.par_categorie, answer.par_mois, answer.par_beneficiaire):
            assert total_of(parts) == answer.total


def test_deductions_are_no_month_of_their_own() -> None:
    recorded = given(ro(prestation(), participation(date_soin=date(2026, 5, 2))))
    assert [part.mois for part in of_2026(recorded).par_mois] == ["2026-03"]
