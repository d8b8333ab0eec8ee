"""Each amount is the sum of its stated parts, after any history; and what does not count is said with its reason."""

from hypothesis import given as property_of

from ledger.calcul import BrancheDepense, LignePayee, calculer
from ledger.events import Event
from ledger.explication import MontantExplique, Raison, Terme, expliquer, why_not
from ledger.payeurs import PourCompteDe
from ledger.repartition import Split, repartir
from tests.ledger.test_invariant import dossier_after, lines_of_one_soin
from tests.support.examples import annulation, indemnite, participation, prestation, recours, regularisation, ro, smi
from tests.support.given import given
from tests.support.properties import bounded_to, histories


def assert_explained(lignes: list[LignePayee], split: Split) -> dict[Terme, MontantExplique]:
    explained = {montant.terme: montant for montant in expliquer(calculer(lignes))}
    for montant in explained.values():
        assert montant.montant == sum(part.montant for part in montant.parts), montant.terme
        for part in montant.parts:
            assert (part.ligne is None) is not (part.terme is None)
            if part.terme not in (None, Terme.PLANCHER):
                assert abs(part.montant) == abs(explained[part.terme].montant)
    for name in Split.__dataclass_fields__:
        assert explained[Terme(name)].montant == getattr(split, name)
    return explained


@bounded_to(200)
@property_of(lines_of_one_soin())
def test_each_amount_is_the_sum_of_its_parts(lines: list[LignePayee]) -> None:
    explained = assert_explained(lines, repartir(lines).split)
    calcul = calculer(lines)
    told = {id(part.ligne) for part in explained[Terme.DEPENSE].parts}
    for line in lines:
        reason = why_not(calcul, line)
        if line.depense is not None and line.pour_compte_de is None:
            assert (reason is None) is (id(line) in told)


@bounded_to(80)
@property_of(histories())
def test_it_is_after_any_history(events: list[Event]) -> None:
    for soin in dossier_after(events).soins.values():
        assert_explained(list(soin.lignes), soin.split)


def test_nothing_gives_zeros_with_no_part() -> None:
    assert {m.montant for m in expliquer(calculer([]))} == {0}


def branch_of(*events: Event) -> BrancheDepense:
    return calculer(given(*events).soin().lignes).branche


def test_the_branch_of_the_rule_is_named() -> None:
    assert branch_of(ro(), smi()) is BrancheDepense.ANNONCEE
    assert branch_of(ro(depense=0)) is BrancheDepense.NULLE
    assert branch_of(ro(depense=None)) is BrancheDepense.INCONNUE
    assert branch_of(ro(montant=-2100, depense=-3000, quantite=-1)) is BrancheDepense.ORPHELINE


def reasons(*events: Event) -> list[Raison | None]:
    calcul = calculer(given(*events).soin().lignes)
    return [why_not(calcul, line) for line in calcul.lignes]


def test_why_a_line_does_not_count_is_said() -> None:
    assert reasons(ro(), smi()) == [None, Raison.DEPENSE_D_UN_AUTRE_PAYEUR]
    assert reasons(smi(), smi()) == [None, Raison.DEPENSE_REPETEE]
    assert reasons(ro(prestation(2100), participation(-200, depense=3000))) == [None, Raison.DEPENSE_HORS_PRESTATION]
    both = recours(indemnite(100, PourCompteDe.SMI), indemnite(50, PourCompteDe.VICTIME))
    assert reasons(ro(), both) == [None, Raison.RECOUVREMENT, None]


def test_a_regularisation_and_an_annulation_leave_the_parts_that_hold() -> None:
    first, second = smi(), smi()
    twice = expliquer(calculer(given(ro(), first, second, regularisation(first)).soin().lignes))
    assert [part.montant for part in twice[2].parts] == [900, 900, -900]
    once = expliquer(calculer(given(ro(), first, second, annulation(first)).soin().lignes))
    assert [part.montant for part in once[2].parts] == [900]
