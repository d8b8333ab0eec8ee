"""What must hold after any history of a member, and the rule of domain.md section 3 written a second time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import example
from hypothesis import given as property_of
from hypothesis import strategies as st

from ledger.calcul import LignePayee
from ledger.decompte.events import DecompteRecorded
from ledger.dossier import Dossier
from ledger.events import Event
from ledger.payeurs import Nature, Payeur, PourCompteDe
from ledger.repartition import Anomalie, Etat, Split, repartir, total_of
from tests.support.examples import (
    annulation,
    complement,
    decompte,
    participation,
    prestation,
    regularisation,
    ro,
    smi,
)
from tests.support.given import dossier_of
from tests.support.properties import bounded, bounded_to, depenses, histories, montants


def dossier_after(events: Sequence[Event]) -> Dossier:
    return dossier_of(enumerate(events, 1))


def splits(dossier: Dossier) -> dict[str, Split]:
    return {name: soin.split for name, soin in dossier.soins.items()}


def is_balanced(split: Split) -> bool:
    paid = split.regime_obligatoire + split.smi + split.autre_mutuelle
    return split.depense == paid - split.trop_percu + split.reste_a_charge


@bounded_to(200)
@property_of(histories())
def test_every_soin_is_balanced_and_leaves_nothing_below_zero(events: list[Event]) -> None:
    found = splits(dossier_after(events)).values()
    for split in found:
        assert is_balanced(split)
        assert split.reste_a_charge >= 0
        assert split.trop_percu >= 0
    assert is_balanced(total_of(found))


@bounded_to(150)
@property_of(histories(), st.randoms(use_true_random=False))
def test_nothing_that_is_said_of_a_soin_depends_on_the_order_of_arrival(events: list[Event], random: Any) -> None:
    before = dossier_after(events)
    after = dossier_after(random.sample(events, len(events)))
    assert {n: s.repartition for n, s in after.soins.items()} == {n: s.repartition for n, s in before.soins.items()}
    assert {n: set(s.anomalies) for n, s in after.soins.items()} == {
        n: set(s.anomalies) for n, s in before.soins.items()
    }
    assert sorted(after.anomalies, key=str) == sorted(before.anomalies, key=str)


@bounded
@property_of(histories())
def test_every_amount_paid_in_force_counts_on_one_soin(events: list[Event]) -> None:
    dossier = dossier_after(events)
    total = total_of(splits(dossier).values())
    in_force = [d for i, d in dossier.decomptes.items() if not dossier.is_cancelled(i)]
    for payeur in (Payeur.REGIME_OBLIGATOIRE, Payeur.SMI, Payeur.AUTRE_MUTUELLE):
        assert getattr(total, payeur.value) == sum(d.faits.total for d in in_force if d.payeur is payeur)


@bounded
@property_of(histories(named=tuple(Payeur)[:3]))
def test_recoveries_change_no_reste_a_charge(events: list[Event]) -> None:
    without = [e for e in events if not (isinstance(e, DecompteRecorded) and e.payeur is Payeur.RECOURS_TIERS)]
    with_them, left = splits(dossier_after(events)), splits(dossier_after(without))
    for soin, split in with_them.items():
        assert split.reste_a_charge == left.get(soin, Split()).reste_a_charge


@st.composite
def plain_payments(draw: st.DrawFn) -> list[DecompteRecorded]:
    """Payments of one soin as payers send them: each repeats its dépense, deductions come with a prestation."""
    events = []
    for payeur in draw(st.lists(st.sampled_from(tuple(Payeur)[:3]), min_size=1, max_size=6)):
        stated = 3000 + 100 * list(Payeur).index(payeur)
        lignes = [prestation(draw(st.integers(0, 4000)), depense=stated)]
        lignes += [participation(draw(st.integers(-300, 0)))] if draw(st.booleans()) else []
        lignes += [complement(draw(st.integers(0, 900)))] if draw(st.booleans()) else []
        events.append(decompte(payeur, *lignes))
    return events


@bounded_to(200)
@property_of(plain_payments(), st.data())
def test_cancelling_by_annulation_or_by_regularisation_ends_the_same(
    events: list[DecompteRecorded], data: st.DataObject
) -> None:
    wrong = data.draw(st.lists(st.sampled_from(events), unique_by=lambda event: event.faits.reference))
    by_annulation = dossier_after([*events, *(annulation(event) for event in wrong)])
    by_regularisation = dossier_after([*(regularisation(event) for event in wrong), *events])
    for soin, split in splits(by_regularisation).items():
        # A soin whose every décompte is cancelled is no more; taken back line by line it stays, at zero.
        assert split == splits(by_annulation).get(soin, Split())


# The rule a second time: the formulas of domain.md, section 3, one after the other, with nothing shared but the types.

PAYERS = [Payeur.REGIME_OBLIGATOIRE, Payeur.SMI, Payeur.AUTRE_MUTUELLE]
DEDUCTIONS = [Nature.PARTICIPATION_FORFAITAIRE, Nature.FRANCHISE, Nature.MAJORATION_HORS_PARCOURS]


@dataclass
class Naive:
    """What section 3 says of some lines of one soin."""

    split: Split
    etat: Etat
    anomalies: set[Anomalie]


def section_3(lines: list[LignePayee]) -> Naive:
    ro, smi_, autre_ = (sum(line.montant for line in lines if line.payeur == payer) for payer in PAYERS)
    paid = ro + smi_ + autre_
    deductions = sum(line.montant for line in lines if line.nature in DEDUCTIONS)
    non_couvert = max(0, -deductions)

    stated: dict[Payeur, int] = {}
    rang: dict[Payeur, int] = {}
    repeated = False
    for payer in PAYERS:
        saying = [x for x in lines if x.payeur == payer and x.nature == Nature.PRESTATION and x.depense is not None]
        if not saying:
            continue
        signed = sum(x.depense or 0 for x in saying)
        notices = {(x.emetteur, x.reference) for x in saying}
        largest = max(
            sum(x.depense for x in saying if (x.emetteur, x.reference) == notice and x.depense and x.depense > 0)
            for notice in notices
        )
        stated[payer] = min(signed, largest)
        rang[payer] = min(x.rang for x in saying)
        repeated = repeated or signed > largest

    orphan = any(value < 0 for value in stated.values())
    for payer in PAYERS:
        own = [x for x in lines if x.payeur == payer and x.nature in (Nature.PRESTATION, Nature.COMPLEMENT_LOCAL)]
        orphan = orphan or sum(x.montant for x in own) < 0
    positive = [payer for payer in PAYERS if stated.get(payer, 0) > 0]
    unknown = False
    if orphan:
        depense = paid + non_couvert
    elif positive:
        smallest = min(rang[payer] for payer in positive)
        depense = stated[next(payer for payer in positive if rang[payer] == smallest)]
    elif stated:
        depense = 0
    else:
        depense, unknown = paid + non_couvert, True

    trop_percu = max(0, paid - (depense - non_couvert))
    split = Split(
        depense=depense,
        regime_obligatoire=ro,
        smi=smi_,
        autre_mutuelle=autre_,
        reste_a_charge=depense - paid + trop_percu,
        trop_percu=trop_percu,
        indemnise_par_tiers=sum(x.montant for x in lines if x.pour_compte_de == PourCompteDe.VICTIME),
    )

    quantities = {
        payer: sum(x.quantite or 0 for x in lines if x.payeur == payer and x.nature == Nature.PRESTATION)
        for payer in PAYERS
    }
    has_base = any(x.base is not None and x.base > 0 for x in lines)
    settled = quantities[Payeur.SMI] > 0 and (quantities[Payeur.REGIME_OBLIGATOIRE] > 0 or not has_base)
    prestations = [x for x in lines if x.nature == Nature.PRESTATION]
    anomalies = {
        Anomalie.DEPENSE_DISCORDANTE: len({stated[payer] for payer in positive}) > 1,
        Anomalie.DEPENSE_REPETEE: repeated,
        Anomalie.DEPENSE_INCONNUE: unknown,
        Anomalie.REGULARISATION_ORPHELINE: orphan,
        Anomalie.RETENUE_INCOHERENTE: deductions > 0 or non_couvert > max(depense, 0),
        Anomalie.ORIGINE_INCONNUE: any(x.is_origine_unknown for x in lines),
        Anomalie.SOIN_INCOHERENT: len({x.date_soin for x in prestations}) > 1
        or len({x.beneficiaire for x in prestations}) > 1,
        Anomalie.TROP_PERCU: trop_percu > 0,
    }
    etat = Etat.COMPLET if settled and not unknown and not orphan else Etat.PROVISOIRE
    return Naive(split, etat, {code for code, is_there in anomalies.items() if is_there})


@st.composite
def lines_of_one_soin(draw: st.DrawFn) -> list[LignePayee]:
    lines = []
    # Few payers in one case, so that they repeat and correct themselves.
    payeurs = draw(st.lists(st.sampled_from(Payeur), min_size=1, max_size=3))
    for index in range(draw(st.integers(1, 8))):
        payeur = draw(st.sampled_from(payeurs))
        nature = Nature.INDEMNITE
        if payeur is not Payeur.RECOURS_TIERS:
            nature = draw(st.sampled_from([Nature.PRESTATION] * 8 + [Nature.COMPLEMENT_LOCAL, *DEDUCTIONS]))
        is_prestation = nature is Nature.PRESTATION
        lines.append(
            LignePayee(
                payeur=payeur,
                rang=draw(st.integers(1, 3)),
                emetteur=payeur.value,
                reference=draw(st.sampled_from("ABC")),
                ligne=str(index),
                nature=nature,
                montant=draw(montants),
                date_soin=draw(st.sampled_from([date(2026, 3, 10), date(2026, 3, 10), date(2026, 3, 11)])),
                beneficiaire=draw(st.sampled_from(["01", "01", "02"])),
                quantite=draw(st.sampled_from([1, 1, 2, -1])) if is_prestation else None,
                depense=draw(depenses) if nature is not Nature.INDEMNITE else None,
                base=draw(st.none() | st.sampled_from([0, 3000, -3000])) if is_prestation else None,
                pour_compte_de=draw(st.sampled_from(PourCompteDe)) if nature is Nature.INDEMNITE else None,
                is_origine_unknown=draw(st.sampled_from([False, False, True])),
            )
        )
    return lines


@bounded_to(800)
@property_of(lines_of_one_soin())
def test_the_repartition_is_that_of_section_3(lines: list[LignePayee]) -> None:
    found, expected = repartir(lines), section_3(lines)
    assert found.split == expected.split
    assert found.etat is expected.etat
    assert set(found.anomalies) == expected.anomalies
    assert len(found.anomalies) == len(expected.anomalies)


@bounded_to(150)
@property_of(histories())
@example([ro(montant=-2100, depense=-3000, quantite=-1), smi()])
def test_every_soin_of_a_history_is_split_by_section_3(events: list[Event]) -> None:
    for soin in dossier_after(events).soins.values():
        assert soin.split == section_3(list(soin.lignes)).split
