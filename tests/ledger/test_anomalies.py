"""What looks wrong is said with a code and never refused: each code, when it must be there and when it must not."""

from datetime import date

import pytest

from ledger.events import Event
from ledger.payeurs import PourCompteDe
from ledger.repartition import Anomalie
from tests.support.examples import (
    adherent,
    annulation,
    autre,
    complement,
    indemnite,
    origine,
    participation,
    prestation,
    recours,
    regularisation,
    ro,
    smi,
)
from tests.support.given import given

RO, SMI = ro(), smi()
WRONG_BENEFICIARY = ro(beneficiaire="02")

PRESENT: list[tuple[str, Anomalie, list[Event]]] = [
    ("two payers state two", Anomalie.DEPENSE_DISCORDANTE, [ro(depense=3000), smi(depense=3200)]),
    ("a double payment", Anomalie.DEPENSE_REPETEE, [ro(), ro()]),
    ("a rappel", Anomalie.DEPENSE_REPETEE, [ro(montant=900), ro(montant=1200)]),
    ("a double payment of the last payer", Anomalie.DEPENSE_REPETEE, [ro(), autre(), autre()]),
    ("nobody states it", Anomalie.DEPENSE_INCONNUE, [smi(depense=None)]),
    ("a recovery alone", Anomalie.DEPENSE_INCONNUE, [recours()]),
    ("the original never came", Anomalie.REGULARISATION_ORPHELINE, [regularisation(RO)]),
    ("more taken back than paid", Anomalie.REGULARISATION_ORPHELINE, [RO, regularisation(RO), regularisation(RO)]),
    ("deductions given back twice", Anomalie.RETENUE_INCOHERENTE, [ro(prestation(), participation(200))]),
    ("deductions above the depense", Anomalie.RETENUE_INCOHERENTE, [ro(prestation(), participation(-3001))]),
    ("deductions of nothing", Anomalie.RETENUE_INCOHERENTE, [ro(participation())]),
    ("an origin that never came", Anomalie.ORIGINE_INCONNUE, [ro(prestation(ligne_origine=origine(smi())))]),
    ("no such line", Anomalie.ORIGINE_INCONNUE, [RO, smi(prestation(900, ligne_origine=origine(RO, "9")))]),
    ("two dates", Anomalie.SOIN_INCOHERENT, [ro(), smi(date_soin=date(2026, 3, 11))]),
    ("two beneficiaries", Anomalie.SOIN_INCOHERENT, [ro(), smi(beneficiaire="02")]),
    ("paid above the depense", Anomalie.TROP_PERCU, [ro(), smi(montant=901)]),
    ("paid above what can be covered", Anomalie.TROP_PERCU, [ro(prestation(), participation()), smi(montant=1101)]),
    ("recovered above what smi paid", Anomalie.RECOUVREMENT_EXCEDENTAIRE, [ro(), smi(), recours(indemnite(901))]),
    (
        "compensated above what was left",
        Anomalie.INDEMNISATION_EXCEDENTAIRE,
        [ro(), smi(montant=500), recours(indemnite(401, PourCompteDe.VICTIME))],
    ),
]

ABSENT: list[tuple[str, Anomalie, list[Event]]] = [
    ("all state the same", Anomalie.DEPENSE_DISCORDANTE, [ro(), smi(), autre()]),
    ("one states none", Anomalie.DEPENSE_DISCORDANTE, [ro(), smi(depense=None)]),
    ("one has no expense to state", Anomalie.DEPENSE_DISCORDANTE, [ro(depense=0), smi()]),
    ("taken back", Anomalie.DEPENSE_DISCORDANTE, [RO, regularisation(RO), smi(depense=3200)]),
    ("once by each payer", Anomalie.DEPENSE_REPETEE, [ro(), smi(), autre()]),
    ("the double payment taken back", Anomalie.DEPENSE_REPETEE, [ro(), RO, regularisation(RO)]),
    ("the double payment cancelled", Anomalie.DEPENSE_REPETEE, [ro(), RO, annulation(RO)]),
    ("replaced", Anomalie.DEPENSE_REPETEE, [RO, regularisation(RO, prestation(900))]),
    ("three acts of one message", Anomalie.DEPENSE_REPETEE, [ro(prestation(), prestation(), prestation())]),
    ("a complement without expense", Anomalie.DEPENSE_REPETEE, [ro(), ro(complement(600))]),
    ("stated as zero", Anomalie.DEPENSE_INCONNUE, [ro(montant=0, depense=0)]),
    ("stated by the last payer", Anomalie.DEPENSE_INCONNUE, [ro(depense=None), smi()]),
    ("an orphan is something else", Anomalie.DEPENSE_INCONNUE, [ro(montant=-100, depense=None)]),
    ("the original is there", Anomalie.REGULARISATION_ORPHELINE, [RO, regularisation(RO)]),
    ("the original came later", Anomalie.REGULARISATION_ORPHELINE, [regularisation(RO), RO]),
    ("a deferred deduction", Anomalie.REGULARISATION_ORPHELINE, [ro(participation())]),
    ("deductions as large as the depense", Anomalie.RETENUE_INCOHERENTE, [ro(prestation(), participation(-3000))]),
    ("given back once", Anomalie.RETENUE_INCOHERENTE, [ro(prestation(), participation(), participation(200))]),
    ("covered by smi", Anomalie.RETENUE_INCOHERENTE, [ro(prestation(), participation()), smi(participation(200))]),
    ("the origin is there", Anomalie.ORIGINE_INCONNUE, [RO, smi(prestation(900, ligne_origine=origine(RO)))]),
    ("the origin came later", Anomalie.ORIGINE_INCONNUE, [smi(prestation(900, ligne_origine=origine(RO))), RO]),
    (
        "the origin was cancelled",
        Anomalie.ORIGINE_INCONNUE,
        [RO, annulation(RO), smi(prestation(900, ligne_origine=origine(RO)))],
    ),
    (
        "a deduction has its own date",
        Anomalie.SOIN_INCOHERENT,
        [ro(prestation(), participation(date_soin=date(2026, 5, 2)))],
    ),
    ("the wrong one was cancelled", Anomalie.SOIN_INCOHERENT, [WRONG_BENEFICIARY, annulation(WRONG_BENEFICIARY), ro()]),
    ("paid whole", Anomalie.TROP_PERCU, [ro(), smi()]),
    ("unknown depense", Anomalie.TROP_PERCU, [ro(depense=None), smi(depense=None)]),
    ("recovered whole", Anomalie.RECOUVREMENT_EXCEDENTAIRE, [ro(), smi(), recours(indemnite(900))]),
    (
        "the victim gets what was left",
        Anomalie.INDEMNISATION_EXCEDENTAIRE,
        [ro(), smi(montant=500), recours(indemnite(400, PourCompteDe.VICTIME))],
    ),
]


@pytest.mark.parametrize(("code", "events"), [case[1:] for case in PRESENT], ids=[case[0] for case in PRESENT])
def test_it_is_said(code: Anomalie, events: list[Event]) -> None:
    assert code in given(*events).soin().anomalies
    assert (code, given(*events).soin().soin) in given(*events).dossier.anomalies


@pytest.mark.parametrize(("code", "events"), [case[1:] for case in ABSENT], ids=[case[0] for case in ABSENT])
def test_it_is_not_said(code: Anomalie, events: list[Event]) -> None:
    assert code not in given(*events).soin().anomalies


def test_a_plain_soin_has_nothing_wrong() -> None:
    given(ro(prestation(), participation()), smi(), adherent()).then_anomalies().then_anomalies_of_member()


def test_a_member_never_heard_of_is_said_so_until_she_is_registered() -> None:
    unknown = given(ro())
    unknown.then_anomalies_of_member(Anomalie.ADHERENT_INCONNU)
    unknown.when(adherent()).then_anomalies_of_member()
    given(adherent(), ro()).then_anomalies_of_member()


def test_a_registered_member_without_any_decompte_has_nothing_wrong() -> None:
    given(adherent()).then_anomalies_of_member()


def test_every_annulation_that_waits_is_said_until_its_decompte_comes() -> None:
    first, second = smi(), smi()
    waiting = given(adherent(), annulation(first), annulation(second))
    waiting.then_anomalies_of_member(Anomalie.ANNULATION_EN_ATTENTE, Anomalie.ANNULATION_EN_ATTENTE)
    waiting.when(first).then_anomalies_of_member(Anomalie.ANNULATION_EN_ATTENTE)
    waiting.when(first, second).then_anomalies_of_member()


def test_every_code_has_a_case_both_ways() -> None:
    of_the_member = {Anomalie.ADHERENT_INCONNU, Anomalie.ANNULATION_EN_ATTENTE}
    assert {code for _, code, _ in PRESENT} | of_the_member == set(Anomalie)
    assert {code for _, code, _ in ABSENT} | of_the_member == set(Anomalie)
