"""When the figures of a soin are final: a provisional figure is never shown as final."""

import pytest

from ledger.decompte.events import DecompteRecorded
from ledger.repartition import Etat
from tests.support.examples import autre, complement, participation, prestation, recours, regularisation, ro, smi
from tests.support.given import given

SMI_PAID = smi()
RO_PAID = ro()


@pytest.mark.parametrize(
    ("events", "etat"),
    [
        ([ro(), smi()], Etat.COMPLET),
        ([ro()], Etat.PROVISOIRE),
        ([smi()], Etat.PROVISOIRE),
        ([smi(base=0)], Etat.COMPLET),
        ([smi(base=None)], Etat.COMPLET),
        ([smi(base=None), recours()], Etat.COMPLET),
        ([autre(), ro()], Etat.PROVISOIRE),
        ([ro(), smi(prestation(), participation())], Etat.COMPLET),
        ([ro(), smi(participation(200))], Etat.PROVISOIRE),
        ([ro(complement(600)), smi()], Etat.PROVISOIRE),
        ([ro(), SMI_PAID, regularisation(SMI_PAID)], Etat.PROVISOIRE),
        ([RO_PAID, smi(), regularisation(RO_PAID)], Etat.PROVISOIRE),
        ([ro(), SMI_PAID, regularisation(SMI_PAID, prestation(800))], Etat.COMPLET),
        ([ro(depense=None), smi(depense=None)], Etat.PROVISOIRE),
        ([ro(), smi(), autre(montant=-100, depense=-3000, quantite=-1)], Etat.PROVISOIRE),
    ],
    ids=[
        "both paid",
        "smi has not paid",
        "the ro has not paid what has a base",
        "no base: the ro has nothing to pay",
        "nobody says a base",
        "a recovery is not a payment",
        "another mutuelle is not smi",
        "deductions beside a prestation",
        "smi paid no prestation",
        "the ro paid no prestation",
        "smi took its payment back",
        "the ro took its payment back",
        "smi took it back and paid again",
        "depense unknown",
        "orphan",
    ],
)
def test_a_soin_is_final_when_smi_and_where_it_must_the_ro_have_paid(
    events: list[DecompteRecorded], etat: Etat
) -> None:
    given(*events).then_etat(etat)
