"""Hospital days across a change of price."""

from datetime import date

from infra.sample.foyer import Personne
from infra.sample.hopital import build_forfaits_journaliers

ADA = Personne("01", "Ada", date(1980, 2, 3), is_femme=True, is_ald=False)


def days(entree: date, jours: int) -> list[tuple[date, int, int]]:
    """(first day, number of days, cents) of each soin."""
    soins = build_forfaits_journaliers(ADA, entree, jours, "F1")
    assert len({soin.reference for soin in soins}) == len(soins)
    return [(soin.jour, soin.quantite, soin.depense) for soin in soins]


def test_a_stay_under_one_price_is_one_soin() -> None:
    assert days(date(2026, 2, 20), 3) == [(date(2026, 2, 20), 3, 6_000)]
    assert days(date(2026, 3, 1), 3) == [(date(2026, 3, 1), 3, 6_900)]


def test_a_stay_across_the_change_is_one_soin_at_each_price() -> None:
    assert days(date(2026, 2, 27), 5) == [(date(2026, 2, 27), 2, 4_000), (date(2026, 3, 1), 3, 6_900)]
