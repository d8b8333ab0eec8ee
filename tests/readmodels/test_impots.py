"""The tax summary: each soin once, by year of care, and what may still change."""

from dataclasses import fields
from datetime import date

from hypothesis import given as property_of

from ledger.events import Event
from ledger.payeurs import Categorie, PourCompteDe
from readmodels.impots import recapitulatif_fiscal
from readmodels.reste_a_charge import reste_a_charge
from readmodels.vues import PartFiscale, RecapitulatifFiscal
from tests.support.examples import annulation, autre, indemnite, participation, prestation, recours, ro, smi
from tests.support.given import Given, given
from tests.support.properties import bounded, histories


def summary(recorded: Given, annee: int = 2026) -> RecapitulatifFiscal:
    return recapitulatif_fiscal(recorded.dossier, annee=annee)


def part_of(found: PartFiscale) -> PartFiscale:
    return PartFiscale(**{f.name: getattr(found, f.name) for f in fields(PartFiscale)})


def test_a_soin_is_counted_once_whoever_paid_for_it() -> None:
    found = summary(given(ro(prestation(), participation()), smi()))
    expected = PartFiscale(depense=3000, rembourse=2800, reste_a_charge=200, soins=1)
    assert found.total == expected
    [part] = found.par_categorie
    [person] = found.par_beneficiaire
    assert (part.categorie, part_of(part)) == (Categorie.CONSULTATIONS, expected)
    assert (person.beneficiaire, part_of(person), person.par_categorie) == ("01", expected, (part,))


def test_the_year_is_that_of_the_care_and_not_of_the_payment() -> None:
    late = given(ro(date_soin=date(2025, 12, 30), date_paiement=date(2026, 1, 4)))
    assert summary(late, 2025).total.soins == 1
    assert summary(late, 2026) == RecapitulatifFiscal(
        annee=2026, position=0, total=PartFiscale(), par_categorie=(), par_beneficiaire=()
    )


def test_what_may_still_change_is_said() -> None:
    found = summary(given(ro(), smi(prestation(500, soin="S-2", base=0, depense=700)))).total
    assert (found.soins, found.soins_provisoires) == (2, 1)
    assert (found.reste_a_charge, found.reste_a_charge_provisoire) == (1100, 900)


def test_what_was_paid_above_the_expense_is_not_reimbursed() -> None:
    assert summary(given(ro(montant=3000), smi(), autre())).total.rembourse == 3000


def test_what_a_third_party_pays_is_apart() -> None:
    found = summary(given(ro(), smi(), recours(indemnite(300, PourCompteDe.VICTIME)))).total
    assert (found.rembourse, found.indemnise_par_tiers) == (3000, 300)


def test_a_cancelled_decompte_counts_for_nothing() -> None:
    paid = ro()
    assert summary(given(paid, annulation(paid))).total == PartFiscale()


def test_people_and_categories_are_in_order() -> None:
    found = summary(
        given(
            ro(prestation(soin="S-1", beneficiaire="02", categorie=Categorie.PHARMACIE)),
            ro(prestation(soin="S-2", beneficiaire="01", categorie=Categorie.OPTIQUE)),
            ro(prestation(soin="S-3", beneficiaire="02", categorie=Categorie.CONSULTATIONS)),
        )
    )
    assert [(p.beneficiaire, [c.categorie.value for c in p.par_categorie]) for p in found.par_beneficiaire] == [
        ("01", ["optique"]),
        ("02", ["consultations", "pharmacie"]),
    ]
    assert [part.categorie.value for part in found.par_categorie] == ["consultations", "pharmacie", "optique"]


def test_the_position_is_that_of_the_last_change() -> None:
    recorded = given(ro(), smi(), ro(prestation(soin="S-9", date_soin=date(2025, 1, 2))))
    assert summary(recorded).position == 2


@bounded
@property_of(histories())
def test_whatever_happened_it_agrees_with_the_reste_a_charge(events: list[Event]) -> None:
    recorded = given(*events)
    for annee in (2025, 2026):
        found = summary(recorded, annee)
        rest = reste_a_charge(recorded.dossier, annee=annee)
        assert found.total.depense == rest.total.depense == found.total.rembourse + found.total.reste_a_charge
        assert found.total.reste_a_charge == rest.total.reste_a_charge
        for parts in (found.par_categorie, found.par_beneficiaire):
            for f in fields(PartFiscale):
                assert sum(getattr(part, f.name) for part in parts) == getattr(found.total, f.name)
        assert 0 <= found.total.reste_a_charge_provisoire <= found.total.reste_a_charge
