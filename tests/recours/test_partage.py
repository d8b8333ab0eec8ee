"""The sharing of a recovery: the worked figures of the law, and what holds whatever the figures."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.payeurs import PourCompteDe
from ledger.recours.partage import (
    Charge,
    Cle,
    borne,
    cumulate,
    debt,
    share_received,
    spread,
    total_by_party,
    value_of,
    ventilate,
)

VICTIME, RO, SMI, AUTRE = (
    PourCompteDe.VICTIME,
    PourCompteDe.REGIME_OBLIGATOIRE,
    PourCompteDe.SMI,
    PourCompteDe.AUTRE_MUTUELLE,
)
WORKED = (Charge(soin="S", victime=60_000, regime_obligatoire=760_000, smi=180_000),)


def test_the_worked_example() -> None:
    assert value_of(WORKED) == 1_000_000
    assert debt(1_000_000, 5_000) == 500_000
    assert share_received(500_000, WORKED) == {VICTIME: 60_000, RO: 355_745, SMI: 84_255, AUTRE: 0}


def test_at_five_per_cent_all_is_the_victims() -> None:
    assert debt(1_000_000, 500) == 50_000
    assert share_received(50_000, WORKED) == {VICTIME: 50_000, RO: 0, SMI: 0, AUTRE: 0}


def test_the_same_in_three_parts_ends_the_same() -> None:
    deja: dict[Cle, int] = {}
    for montant in (166_667, 166_667, 166_666):
        parts = ventilate(montant, WORKED, deja)
        assert sum(part.montant for part in parts) == montant
        deja = cumulate(parts, deja)
    assert total_by_party(deja) == share_received(500_000, WORKED)


def test_half_a_cent_of_the_debt_goes_up() -> None:
    assert [debt(1, 5_000), debt(1, 4_999), debt(3, 5_000), debt(0, 10_000)] == [1, 0, 2, 0]


def test_a_share_may_be_minus_a_cent() -> None:
    charges = (Charge(soin="S", regime_obligatoire=1, smi=1, autre_mutuelle=1),)
    seen = set()
    for last in range(1, 40):
        before = cumulate(ventilate(last - 1, charges, {})) if last > 1 else {}
        seen |= {part.montant for part in ventilate(1, charges, before)}
    assert seen <= {-1, 0, 1}


def test_what_is_above_the_value_follows_the_payers_then_the_victim_then_smi() -> None:
    both = (Charge(soin="S", victime=100, regime_obligatoire=300, smi=100),)
    assert share_received(900, both) == {VICTIME: 100, RO: 600, SMI: 200, AUTRE: 0}
    assert share_received(900, (Charge(soin="S", victime=100),)) == {VICTIME: 900, RO: 0, SMI: 0, AUTRE: 0}
    assert share_received(900, (Charge(soin="S"),)) == {VICTIME: 0, RO: 0, SMI: 900, AUTRE: 0}


def test_a_correction_that_outweighs_a_payment_counts_as_nothing() -> None:
    charges = (Charge(soin="A", smi=500), Charge(soin="B", smi=-700, regime_obligatoire=400))
    assert borne(charges, SMI) == 0
    assert share_received(300, charges) == {VICTIME: 0, RO: 300, SMI: 0, AUTRE: 0}


montants = st.integers(min_value=0, max_value=5_000_000)
signed = st.one_of(montants, st.integers(min_value=-50_000, max_value=-1))


@st.composite
def poste(draw: st.DrawFn) -> tuple[Charge, ...]:
    count = draw(st.integers(min_value=1, max_value=6))
    return tuple(
        Charge(
            soin=f"S{index}",
            victime=draw(montants),
            regime_obligatoire=draw(signed),
            smi=draw(signed),
            autre_mutuelle=draw(signed),
        )
        for index in range(count)
    )


@settings(deadline=None)
@given(poste(), st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=40_000_000))
def test_the_shares_of_what_was_received_add_up_and_the_victim_comes_first(
    charges: tuple[Charge, ...], pb: int, above: int
) -> None:
    valeur = value_of(charges)
    for recu in (debt(valeur, pb), above):
        shares = share_received(recu, charges)
        assert sum(shares.values()) == recu
        assert sum(spread(recu, charges).values()) == recu
        assert all(part >= 0 for part in shares.values())
        if recu <= valeur:
            assert shares[VICTIME] == min(recu, borne(charges, VICTIME))
            assert all(shares[qui] <= borne(charges, qui) for qui in shares)


@settings(deadline=None)
@given(poste(), st.lists(st.integers(min_value=1, max_value=3_000_000), min_size=1, max_size=6))
def test_received_in_parts_or_at_once_is_shared_the_same(charges: tuple[Charge, ...], receipts: list[int]) -> None:
    deja: dict[Cle, int] = {}
    for montant in receipts:
        deja = cumulate(ventilate(montant, charges, deja), deja)
    whole = cumulate(ventilate(sum(receipts), charges, {}))
    assert {cle: m for cle, m in deja.items() if m} == {cle: m for cle, m in whole.items() if m}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_corrections_reversals_and_new_shares_between_receipts_never_lose_a_cent(data: st.DataObject) -> None:
    """Whatever comes in between, the shares add up to what was received, and end as the last créance says."""
    charges = data.draw(poste())
    deja: dict[Cle, int] = {}
    receipts: list[int] = []
    for _ in range(data.draw(st.integers(min_value=1, max_value=8))):
        what = data.draw(st.sampled_from(["receipt", "reversal", "correction", "anew"]))
        montant = 0
        if what == "receipt":
            montant = data.draw(st.integers(min_value=1, max_value=2_000_000))
            receipts.append(montant)
        elif what == "reversal" and receipts:
            montant = -receipts.pop(data.draw(st.integers(min_value=0, max_value=len(receipts) - 1)))
        elif what == "correction":
            charges = data.draw(poste())
            continue
        parts = ventilate(montant, charges, deja)
        assert sum(part.montant for part in parts) == montant
        deja = cumulate(parts, deja)
        assert sum(deja.values()) == sum(receipts)
        assert total_by_party(deja) == share_received(sum(receipts), charges)
