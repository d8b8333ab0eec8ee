"""Why a figure is what it is: every line with its reason, corrections and steps in order; and what made it another."""

from ledger.explication import Raison, Terme
from ledger.repartition import Split
from readmodels.differences import differences
from readmodels.explication import soin_explique
from readmodels.vues_figures import SoinExplique
from tests.support.examples import (
    NUMERO,
    SOIN,
    annulation,
    origine,
    participation,
    prestation,
    regularisation,
    ro,
    smi,
)
from tests.support.given import Given, given


def explained(recorded: Given, soin: str = SOIN) -> SoinExplique:
    view = soin_explique(recorded.dossier, soin, numero_adherent=NUMERO)
    assert view is not None
    return view


def test_each_line_says_what_it_counts_for_and_what_does_not_count() -> None:
    wrong = smi()
    view = explained(given(ro(), wrong, smi(), annulation(wrong)))
    cancelled = next(ligne for ligne in view.lignes if ligne.reference == wrong.faits.reference)
    assert [raison.code for raison in cancelled.ne_compte_pas] == [Raison.ANNULE]
    assert cancelled.compte_pour == ()
    counted = {compte.terme for ligne in view.lignes for compte in ligne.compte_pour}
    assert counted == {Terme.DEPENSE, Terme.REGIME_OBLIGATOIRE, Terme.SMI}
    for montant in view.montants:
        assert montant.montant == sum(part.montant for part in montant.parts)
        assert montant.phrase.endswith(".")


def test_the_steps_tell_what_changed_when_and_end_at_the_split() -> None:
    first, second = ro(), smi()
    view = explained(given(first, second, annulation(second), smi(regularised := prestation(900))))
    assert regularised.faits.montant == 900
    assert [etape.position for etape in view.etapes] == [1, 2, 3, 4]
    assert view.etapes[0].avant == Split()
    for before, after in zip(view.etapes, view.etapes[1:], strict=False):
        assert before.apres == after.avant
    assert view.etapes[-1].apres == view.split
    assert [etape.montant for etape in view.etapes][2:] == [None, 900]
    assert (view.position, [correction.position for correction in view.corrections]) == (4, [3])


def test_a_deferred_deduction_is_explained_where_it_counts_and_where_it_came() -> None:
    paid = ro(prestation(2100, soin="S-A"))
    late = ro(participation(-200, soin="S-B", ligne_origine=origine(paid)))
    recorded = given(paid, late)
    here = explained(recorded, "S-A")
    assert [etape.position for etape in here.etapes] == [1, 2]
    [deduction] = [ligne for ligne in here.lignes if ligne.soin == "S-B"]
    assert Terme.NON_COUVERT in {compte.terme for compte in deduction.compte_pour}
    there = explained(recorded, "S-B")
    [elsewhere] = there.lignes
    assert [raison.code for raison in elsewhere.ne_compte_pas] == [Raison.IMPUTEE_AILLEURS]
    assert (there.split, there.etat) == (Split(), None)


def test_a_soin_that_no_line_is_about_is_not_explained() -> None:
    assert soin_explique(given(ro()).dossier, "S-AUTRE", numero_adherent=NUMERO) is None


def test_the_differences_name_what_came_what_was_cancelled_and_what_changed() -> None:
    first, second = ro(), smi()
    recorded = given(first, second, annulation(second), regularisation(first, reference="R-1"))
    found = differences(recorded.dossier, numero_adherent=NUMERO, annee=2026, de=2, a=4)
    assert [apparu.position for apparu in found.apparus] == [4]
    assert [(one.reference, one.position) for one in found.annules] == [(second.faits.reference, 3)]
    assert [event.position for event in found.evenements] == [3, 4]
    assert (found.totaux_avant.smi, found.totaux_apres.smi) == (900, 0)
    [changed] = [ligne for ligne in found.lignes if ligne.reference == first.faits.reference]
    fields = {champ.champ: (champ.avant, champ.apres) for champ in changed.champs}
    assert fields["smi"] == ("900", "0")
    assert changed.evenements == (3, 4)


def test_nothing_differs_between_a_moment_and_itself() -> None:
    found = differences(given(ro(), smi()).dossier, numero_adherent=NUMERO, annee=2026, de=2, a=2)
    assert (found.apparus, found.annules, found.lignes, found.evenements) == ((), (), (), ())
    assert found.totaux_avant == found.totaux_apres
