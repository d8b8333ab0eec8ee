"""The table of dated values and its one rounding."""

from datetime import date, timedelta

import pytest

from infra.sample import bareme
from infra.sample.bareme import Regle, Unite, round_share

REGLES = [regle for regle in vars(bareme).values() if isinstance(regle, Regle)]


@pytest.mark.parametrize("regle", REGLES, ids=lambda regle: regle.nom)
def test_every_value_has_a_unit_a_source_and_dates_in_order(regle: Regle) -> None:
    assert isinstance(regle.unite, Unite)
    assert regle.source
    starts = [start for start, _ in regle.valeurs]
    assert starts == sorted(set(starts))
    assert all(valeur > 0 for _, valeur in regle.valeurs)


def test_a_value_applies_from_its_first_day_on() -> None:
    change = date(2024, 5, 15)
    assert bareme.PARTICIPATION_FORFAITAIRE.at(change - timedelta(days=1)) == 100
    assert bareme.PARTICIPATION_FORFAITAIRE.at(change) == 200


def test_a_day_before_the_first_value_is_refused() -> None:
    with pytest.raises(ValueError, match="séance psychologue"):
        bareme.PRIX_SEANCE.at(date(2022, 4, 4))


@pytest.mark.parametrize(
    ("montant", "taux_pb", "expected"),
    [(473, 6_000, 284), (2_892, 6_000, 1_735), (15, 6_000, 9), (1, 5_000, 1), (1, 4_999, 0)],
)
def test_a_share_is_rounded_to_the_nearest_cent_half_up(montant: int, taux_pb: int, expected: int) -> None:
    assert round_share(montant, taux_pb) == expected
