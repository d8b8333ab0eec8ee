"""One décompte, with every payment line as received and what corrected it."""

from datetime import date

from ledger.decompte.events import DecompteRecorded
from ledger.payeurs import Nature, PourCompteDe
from readmodels.releve import detail, releve
from readmodels.vues import DetailDecompte
from tests.support.examples import (
    NUMERO,
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


def detail_of(recorded: Given, event: DecompteRecorded) -> DetailDecompte:
    found = detail(recorded.dossier, (event.faits.emetteur, event.faits.reference))
    assert found is not None
    return found


def test_every_payment_line_is_as_received() -> None:
    paid = ro(prestation(2100, motif="rappel"), participation(-200, depense=3000), virement="VIR-1")
    found = detail_of(given(smi(), paid), paid)
    first, second = found.lignes
    assert (first.ligne, first.nature, first.montant, first.quantite) == ("1", Nature.PRESTATION, 2100, 1)
    assert (first.acte, first.libelle, first.motif) == ("G", "Consultation généraliste", "rappel")
    assert (second.nature, second.montant, second.depense, second.acte) == (
        Nature.PARTICIPATION_FORFAITAIRE,
        -200,
        3000,
        None,
    )
    assert (found.rang, found.total, found.virement, found.sinistre) == (1, 1900, "VIR-1", None)
    assert found.enregistre_at == recorded_at(2)


def test_its_soins_are_those_that_the_statement_shows() -> None:
    paid = ro(prestation(soin=A), participation(soin=A), prestation(soin=B))
    recorded = given(paid, smi(soin=A))
    statement = releve(recorded.dossier, numero_adherent=NUMERO, annee=2026)
    [shown] = [decompte for decompte in statement.decomptes if decompte.reference == paid.faits.reference]
    found = detail_of(recorded, paid)
    assert found.soins == shown.lignes
    assert found.montant == shown.montant
    assert [ligne.soin for ligne in found.lignes] == [A, A, B]


def test_a_deferred_deduction_says_where_it_stood_and_where_it_counts() -> None:
    paid = ro(montant=3000, soin=A)
    later = ro(prestation(195, soin=B, depense=300), participation(soin=B, ligne_origine=origine(paid)))
    _, deferred = detail_of(given(paid, later), later).lignes
    assert (deferred.soin, deferred.soin_imputation) == (B, A)
    assert deferred.ligne_origine is not None
    assert (deferred.ligne_origine.emetteur, deferred.ligne_origine.reference, deferred.ligne_origine.ligne) == (
        "cpam-751",
        paid.faits.reference,
        "1",
    )


def test_an_annulation_is_a_correction_with_its_reason() -> None:
    double = smi()
    cancelling = annulation(double, reference="A-1", motif="double_paiement", date=date(2026, 4, 2))
    found = detail_of(given(ro(), double, cancelling), double)
    assert (found.annule, found.motif_annulation) == (True, "double_paiement")
    [correction] = found.corrections
    assert (correction.emetteur, correction.reference, correction.date) == ("smi", "A-1", date(2026, 4, 2))
    assert (correction.motif, correction.position) == ("double_paiement", 3)


def test_a_regularisation_is_a_correction_of_what_it_names() -> None:
    first = ro(prestation(), participation())
    taken_back = regularisation(first, reference="REG-1", date_paiement=date(2026, 4, 9))
    found = detail_of(given(first, smi(), taken_back), first)
    [correction] = found.corrections
    assert (correction.reference, correction.date, correction.motif, correction.position) == (
        "REG-1",
        date(2026, 4, 9),
        "regularisation",
        3,
    )
    assert detail_of(given(first, taken_back), taken_back).corrections == ()


def test_a_deferred_deduction_is_linked_to_what_it_was_taken_for() -> None:
    paid = ro(montant=3000, soin=A)
    later = ro(participation(soin=B, ligne_origine=origine(paid)), reference="LATER")
    assert [correction.reference for correction in detail_of(given(paid, later), paid).corrections] == ["LATER"]


def test_corrections_come_in_the_order_in_which_they_were_recorded() -> None:
    first = ro()
    recorded = given(
        regularisation(first, reference="Z"),
        annulation(first, reference="M"),
        first,
        regularisation(first, reference="A"),
    )
    assert [correction.reference for correction in detail_of(recorded, first).corrections] == ["Z", "M", "A"]


def test_a_decompte_that_refers_to_itself_is_no_correction_of_itself() -> None:
    itself = origine(ro(reference="SELF"))
    paid = ro(prestation(), participation(ligne_origine=itself), reference="SELF")
    assert detail_of(given(paid), paid).corrections == ()


def test_what_is_paid_back_to_a_payer_is_no_correction_that_a_member_sees() -> None:
    paid = smi()
    for_smi = recours(indemnite(500, PourCompteDe.SMI, ligne_origine=origine(paid)))
    for_her = recours(indemnite(100, PourCompteDe.VICTIME, ligne_origine=origine(paid)), reference="HERS")
    recorded = given(ro(), paid, for_smi, for_her)
    assert [correction.reference for correction in detail_of(recorded, paid).corrections] == ["HERS"]


def test_of_a_recovery_only_the_victims_lines_are_shown() -> None:
    recovery = recours(indemnite(400, PourCompteDe.VICTIME), indemnite(500, PourCompteDe.SMI), sinistre="SIN-1")
    found = detail_of(given(ro(), recovery), recovery)
    assert [ligne.pour_compte_de for ligne in found.lignes] == [PourCompteDe.VICTIME]
    assert (found.montant, found.sinistre) == (400, "SIN-1")


def test_a_recovery_for_a_payer_and_an_unknown_decompte_are_not_found() -> None:
    recovery = recours(indemnite(500, PourCompteDe.SMI))
    recorded = given(ro(), recovery)
    assert detail(recorded.dossier, ("assia", recovery.faits.reference)) is None
    assert detail(recorded.dossier, ("smi", "UNKNOWN")) is None
