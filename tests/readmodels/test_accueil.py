"""Home and the comparison of the two years."""

from datetime import date, timedelta

from ledger.dates import Fenetre
from ledger.payeurs import Categorie, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split
from readmodels.reste_a_charge import PAIEMENTS_AT_A_GLANCE, accueil, comparatif
from readmodels.vues import Accueil, CategorieComparee, Paiement, TotalAnnee
from tests.support.examples import annulation, indemnite, recours, ro, smi
from tests.support.given import Given, given

FENETRE = Fenetre(2025, 2026)
A, B, C = "S-A", "S-B", "S-C"


def home(recorded: Given) -> Accueil:
    return accueil(recorded.dossier, fenetre=FENETRE)


def paid_references(recorded: Given) -> list[str]:
    return [paiement.reference for paiement in home(recorded).derniers_paiements]


def test_the_latest_payments_are_the_newest_first() -> None:
    day = date(2026, 3, 14)
    recorded = given(
        ro(emetteur="b", reference="R-2", date_paiement=day),
        ro(emetteur="a", reference="R-3", date_paiement=day),
        ro(emetteur="b", reference="R-1", date_paiement=day),
        ro(emetteur="z", reference="R-0", date_paiement=day + timedelta(days=1)),
    )
    assert paid_references(recorded) == ["R-0", "R-3", "R-1", "R-2"]
    assert home(recorded).derniers_paiements[0] == Paiement(
        emetteur="z",
        reference="R-0",
        date_paiement=date(2026, 3, 15),
        payeur=Payeur.REGIME_OBLIGATOIRE,
        montant=2100,
    )


def test_a_glance_is_bounded() -> None:
    recorded = given(*(ro(soin=f"S-{number}") for number in range(PAIEMENTS_AT_A_GLANCE + 1)))
    assert len(home(recorded).derniers_paiements) == PAIEMENTS_AT_A_GLANCE


def test_only_payments_of_the_two_years_in_force_and_hers_are_shown() -> None:
    cancelled = smi(reference="CANCELLED")
    recorded = given(
        ro(reference="TOO-OLD", date_paiement=date(2024, 12, 31)),
        ro(reference="OLD", date_paiement=date(2025, 1, 1)),
        ro(reference="NEXT-YEAR", date_paiement=date(2027, 1, 1)),
        cancelled,
        annulation(cancelled),
        recours(indemnite(500, PourCompteDe.SMI), reference="FOR-SMI"),
        recours(indemnite(500), indemnite(400, PourCompteDe.VICTIME), reference="FOR-HER"),
    )
    assert paid_references(recorded) == ["FOR-HER", "OLD"]
    assert [paiement.montant for paiement in home(recorded).derniers_paiements] == [400, 2100]


def test_what_is_left_is_told_for_the_current_year_and_the_one_before() -> None:
    recorded = given(
        ro(soin=A), ro(soin=B, date_soin=date(2025, 3, 10), montant=3000), ro(soin=C, date_soin=date(2024, 3, 10))
    )
    assert home(recorded).reste_a_charge == (
        TotalAnnee(annee=2026, total=Split(depense=3000, regime_obligatoire=2100, reste_a_charge=900)),
        TotalAnnee(annee=2025, total=Split(depense=3000, regime_obligatoire=3000)),
    )


def test_what_is_not_final_is_pending_the_newest_care_first() -> None:
    recorded = given(
        ro(soin=A, date_soin=date(2025, 3, 10)),
        ro(soin=C, date_soin=date(2026, 3, 10)),
        ro(soin=B, date_soin=date(2026, 3, 10)),
        ro(soin="FINAL"),
        smi(soin="FINAL"),
        ro(soin="TOO-OLD", date_soin=date(2024, 3, 10)),
    )
    pending = home(recorded).en_attente
    assert [soin.soin for soin in pending] == [B, C, A]
    assert all(soin.etat is Etat.PROVISOIRE for soin in pending)
    assert (pending[0].regime_obligatoire, pending[0].reste_a_charge, pending[0].anomalies) == (2100, 900, ())


def test_a_pending_soin_says_what_looks_wrong_with_it() -> None:
    [soin] = home(given(smi(depense=None))).en_attente
    assert soin.anomalies == (Anomalie.DEPENSE_INCONNUE,)
    assert (soin.acte, soin.libelle, soin.categorie) == ("G", "Consultation généraliste", Categorie.CONSULTATIONS)


def test_home_without_anything_is_two_empty_years() -> None:
    nothing = (TotalAnnee(annee=2026, total=Split()), TotalAnnee(annee=2025, total=Split()))
    assert home(given()) == Accueil(derniers_paiements=(), reste_a_charge=nothing, en_attente=())


def test_the_two_years_are_compared_by_category_the_earlier_first() -> None:
    recorded = given(
        ro(soin=A, date_soin=date(2025, 3, 10)),
        ro(soin=B, montant=3000),
        ro(soin=C, categorie=Categorie.PHARMACIE),
        ro(soin="TOO-OLD", date_soin=date(2024, 3, 10), categorie=Categorie.OPTIQUE),
    )
    one = Split(depense=3000, regime_obligatoire=2100, reste_a_charge=900)
    compared = comparatif(recorded.dossier, fenetre=FENETRE)
    assert compared.annees == (2025, 2026)
    assert compared.par_categorie == (
        CategorieComparee(
            categorie=Categorie.CONSULTATIONS, annees=(one, Split(depense=3000, regime_obligatoire=3000))
        ),
        CategorieComparee(categorie=Categorie.PHARMACIE, annees=(Split(), one)),
    )
    assert compared.total == (one, Split(depense=6000, regime_obligatoire=5100, reste_a_charge=900))
