"""The statement of a year: which décomptes, in which order, and what each line shows (contract, section 3)."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given as property_of

from ledger.decompte.events import DecompteRecorded
from ledger.events import Event
from ledger.payeurs import Categorie, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split, total_of
from readmodels.releve import releve
from readmodels.vues import LigneReleve, Releve
from tests.support.examples import (
    NUMERO,
    SOIN,
    annulation,
    autre,
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
from tests.support.properties import bounded, histories

A, B = "S-A", "S-B"


def of_2026(recorded: Given, annee: int = 2026) -> Releve:
    return releve(recorded.dossier, numero_adherent=NUMERO, annee=annee)


def only_line(statement: Releve) -> LigneReleve:
    [decompte] = statement.decomptes
    [ligne] = decompte.lignes
    return ligne


def references(statement: Releve) -> list[str]:
    return [decompte.reference for decompte in statement.decomptes]


def test_a_line_shows_the_whole_split_of_its_soin_as_known_now() -> None:
    paid = smi(reference="SMI-2026-19", organisme="SMI")
    statement = of_2026(given(ro(prestation(), participation(), date_paiement=date(2025, 12, 31)), paid))
    expected: dict[str, Any] = {
        "numero_adherent": NUMERO,
        "annee": 2026,
        "position": 2,
        "totaux": {
            "depense": 3000,
            "regime_obligatoire": 1900,
            "smi": 900,
            "autre_mutuelle": 0,
            "reste_a_charge": 200,
            "trop_percu": 0,
            "indemnise_par_tiers": 0,
        },
        "decomptes": (
            {
                "emetteur": "smi",
                "organisme": "SMI",
                "reference": "SMI-2026-19",
                "payeur": "smi",
                "date_paiement": date(2026, 3, 17),
                "destinataire": "adherent",
                "montant": 900,
                "annule": False,
                "motif_annulation": None,
                "lignes": (
                    {
                        "soin": SOIN,
                        "date_soin": date(2026, 3, 10),
                        "beneficiaire": "01",
                        "acte": "G",
                        "libelle": "Consultation généraliste",
                        "categorie": "consultations",
                        "montant": 900,
                        "depense": 3000,
                        "base": 3000,
                        "regime_obligatoire": 1900,
                        "smi": 900,
                        "autre_mutuelle": 0,
                        "reste_a_charge": 200,
                        "trop_percu": 0,
                        "indemnise_par_tiers": 0,
                        "etat": "complet",
                        "anomalies": (),
                    },
                ),
            },
        ),
    }
    assert asdict(statement) == expected


def test_only_decomptes_paid_in_the_year_are_in_it() -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    paid = given(*(ro(soin=f"S-{day:%Y%m%d}", date_paiement=day) for day in days))
    assert [decompte.date_paiement for decompte in of_2026(paid).decomptes] == [days[2], days[1]]
    assert len(of_2026(paid, 2025).decomptes) == len(of_2026(paid, 2027).decomptes) == 1


def test_a_late_payment_for_care_of_last_year_is_in_the_year_of_its_payment() -> None:
    late = given(ro(date_soin=date(2025, 12, 20), date_paiement=date(2026, 3, 1)))
    assert len(of_2026(late).decomptes) == 1
    assert of_2026(late, 2025).decomptes == ()


def test_the_newest_payment_is_first_and_ties_go_by_emetteur_then_reference() -> None:
    day, later = date(2026, 3, 14), date(2026, 3, 15)
    assert references(
        of_2026(
            given(
                ro(emetteur="b", reference="R-2", date_paiement=day),
                ro(emetteur="b", reference="R-10", date_paiement=day),
                ro(emetteur="z", reference="R-0", date_paiement=later),
                ro(emetteur="a", reference="R-9", date_paiement=day),
                ro(emetteur="B", reference="R-5", date_paiement=day),
            )
        )
    ) == ["R-0", "R-5", "R-9", "R-10", "R-2"]


def test_several_payment_lines_of_one_soin_are_one_line() -> None:
    ligne = only_line(of_2026(given(ro(prestation(2100), participation(-200)))))
    assert (ligne.montant, ligne.regime_obligatoire) == (1900, 1900)


def test_lines_keep_the_order_of_the_decompte() -> None:
    statement = of_2026(given(ro(prestation(soin=B), prestation(soin=A), participation(soin=B))))
    assert [ligne.soin for ligne in statement.decomptes[0].lignes] == [B, A]


def test_totals_count_each_soin_once() -> None:
    statement = of_2026(given(ro(), smi(), smi(soin=B), autre()))
    assert statement.totaux.depense == 6000
    assert (statement.totaux.regime_obligatoire, statement.totaux.smi) == (2100, 1800)


def test_totals_count_the_whole_of_a_soin_paid_over_two_years() -> None:
    recorded = given(ro(date_paiement=date(2025, 12, 31)), smi())
    whole = Split(depense=3000, regime_obligatoire=2100, smi=900)
    assert of_2026(recorded).totaux == of_2026(recorded, 2025).totaux == whole


def test_a_cancelled_decompte_stays_and_counts_for_nothing() -> None:
    double = smi(reference="DOUBLE")
    statement = of_2026(given(ro(), smi(reference="FIRST"), double, annulation(double, motif="double_paiement")))
    [shown] = [decompte for decompte in statement.decomptes if decompte.reference == "DOUBLE"]
    assert (shown.annule, shown.motif_annulation, shown.montant) == (True, "double_paiement", 900)
    assert shown.lignes[0].smi == 900
    assert statement.totaux == Split(depense=3000, regime_obligatoire=2100, smi=900)


def test_a_soin_whose_every_decompte_is_cancelled_is_named_and_counts_for_nothing() -> None:
    paid = smi(libelle="Séance", acte="PSS", categorie=Categorie.PSYCHOLOGIE)
    statement = of_2026(given(paid, annulation(paid)))
    ligne = only_line(statement)
    assert (ligne.libelle, ligne.acte, ligne.categorie) == ("Séance", "PSS", Categorie.PSYCHOLOGIE)
    assert (ligne.montant, ligne.depense, ligne.smi, ligne.reste_a_charge) == (900, 0, 0, 0)
    assert (ligne.etat, ligne.anomalies, ligne.base) == (Etat.PROVISOIRE, (), None)
    assert statement.totaux == Split()


def test_totals_leave_out_a_soin_that_only_a_cancelled_decompte_of_the_year_names() -> None:
    double = smi()
    statement = of_2026(given(ro(date_paiement=date(2025, 12, 31)), double, annulation(double)))
    assert only_line(statement).regime_obligatoire == 2100
    assert statement.totaux == Split()


def test_a_waiting_annulation_shows_nothing_until_its_decompte_comes() -> None:
    double = smi()
    assert of_2026(given(annulation(double))).decomptes == ()
    assert of_2026(given(annulation(double), double)).decomptes[0].annule is True


def test_a_regularisation_is_a_decompte_of_its_own() -> None:
    first = ro()
    statement = of_2026(given(first, regularisation(first)))
    assert [decompte.montant for decompte in statement.decomptes] == [-2100, 2100]
    assert not any(decompte.annule for decompte in statement.decomptes)
    assert statement.totaux == Split()


@pytest.mark.parametrize(
    ("date_paiement", "shown"),
    [(date(2023, 2, 14), None), (date(2023, 2, 15), 100), (date(2023, 2, 16), 100)],
)
def test_the_other_mutuelle_is_shown_in_operations_since_15_february_2023(
    date_paiement: date, shown: int | None
) -> None:
    recorded = given(smi(date_paiement=date_paiement), autre(montant=100, date_paiement=date(2024, 1, 1)))
    statement = of_2026(recorded, 2023)
    assert only_line(statement).autre_mutuelle == shown
    # Totals, and every other column, keep numbers.
    assert statement.totaux.autre_mutuelle == 100
    assert only_line(statement).reste_a_charge == 2000


def test_of_a_recovery_only_the_victims_part_is_shown() -> None:
    recovery = recours(
        indemnite(400, PourCompteDe.VICTIME, soin=A),
        indemnite(2100, PourCompteDe.REGIME_OBLIGATOIRE, soin=A),
        indemnite(500, PourCompteDe.SMI, soin=B),
        reference="ASSIA-1",
    )
    statement = of_2026(given(ro(soin=A), smi(montant=500, soin=A), smi(soin=B), recovery))
    [shown] = [decompte for decompte in statement.decomptes if decompte.payeur is Payeur.RECOURS_TIERS]
    assert shown.montant == 400
    assert [(ligne.soin, ligne.montant, ligne.indemnise_par_tiers) for ligne in shown.lignes] == [(A, 400, 400)]
    assert statement.totaux.indemnise_par_tiers == 400


@pytest.mark.parametrize("repaired", [PourCompteDe.SMI, PourCompteDe.REGIME_OBLIGATOIRE, PourCompteDe.AUTRE_MUTUELLE])
def test_a_recovery_for_a_payer_does_not_appear(repaired: PourCompteDe) -> None:
    recorded = given(ro(date_paiement=date(2025, 5, 1)), recours(indemnite(100, repaired)))
    statement = of_2026(recorded)
    assert (statement.decomptes, statement.totaux) == ((), Split())


def test_a_deferred_deduction_is_shown_on_its_soin() -> None:
    paid = ro(montant=3000, soin=A, libelle="Consultation")
    later = ro(
        prestation(195, soin=B, depense=300),
        participation(-200, soin=B, ligne_origine=origine(paid)),
        reference="LATER",
        date_paiement=date(2026, 5, 2),
    )
    statement = of_2026(given(paid, later))
    [first, second] = statement.decomptes[0].lignes
    assert (first.soin, first.montant, first.reste_a_charge) == (B, 195, 105)
    assert (second.soin, second.montant, second.reste_a_charge) == (A, -200, 200)
    assert second.libelle == "Consultation"
    assert statement.totaux == Split(depense=3300, regime_obligatoire=2995, reste_a_charge=305)


def test_totals_count_the_soin_of_a_deferred_deduction_whose_payment_was_another_year() -> None:
    paid = ro(montant=3000, soin=A, date_paiement=date(2025, 12, 1))
    later = ro(participation(-200, soin=B, ligne_origine=origine(paid)))
    statement = of_2026(given(paid, later))
    assert only_line(statement).soin == A
    assert statement.totaux == Split(depense=3000, regime_obligatoire=2800, reste_a_charge=200)


def test_a_line_says_what_looks_wrong_and_whether_it_is_final() -> None:
    ligne = only_line(of_2026(given(smi(depense=None))))
    assert (ligne.etat, ligne.anomalies) == (Etat.PROVISOIRE, (Anomalie.DEPENSE_INCONNUE,))


@pytest.mark.parametrize(
    ("event", "organisme"),
    [
        (ro(), "Sécurité sociale"),
        (smi(), "SMI"),
        (autre(), "Autre mutuelle"),
        (recours(indemnite(1, PourCompteDe.VICTIME)), "Recours contre tiers"),
        (ro(organisme="CPAM de Paris"), "CPAM de Paris"),
    ],
)
def test_an_emitter_without_a_name_is_called_by_its_kind(event: DecompteRecorded, organisme: str) -> None:
    assert of_2026(given(event)).decomptes[0].organisme == organisme


def test_a_year_without_payments_is_an_empty_statement() -> None:
    assert of_2026(given(ro()), 2025) == Releve(
        numero_adherent=NUMERO, annee=2025, position=0, totaux=Split(), decomptes=()
    )


@bounded
@property_of(histories())
def test_totals_are_those_of_the_soins_that_the_decomptes_in_force_show(events: list[Event]) -> None:
    recorded = given(*events)
    for annee in (2025, 2026):
        statement = of_2026(recorded, annee)
        shown = {ligne.soin for decompte in statement.decomptes if not decompte.annule for ligne in decompte.lignes}
        assert statement.totaux == total_of(recorded.soin(name).split for name in shown)
        for decompte in statement.decomptes:
            assert decompte.montant == sum(ligne.montant for ligne in decompte.lignes)
            assert len({ligne.soin for ligne in decompte.lignes}) == len(decompte.lignes) > 0
