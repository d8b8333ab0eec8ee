"""Amounts and days in French."""

from datetime import date

import pytest

from readmodels.renderings.montants_fr import (
    decimal_virgule,
    euros,
    jour,
    jour_en_lettres,
    mois_en_lettres,
    nombre,
)


@pytest.mark.parametrize(
    ("centimes", "expected"),
    [
        (0, "0,00\u00a0€"),
        (5, "0,05\u00a0€"),
        (1234, "12,34\u00a0€"),
        (-200, "\u22122,00\u00a0€"),
        (-5, "\u22120,05\u00a0€"),
        (123456, "1\u202f234,56\u00a0€"),
        (10**11, "1\u202f000\u202f000\u202f000,00\u00a0€"),
    ],
)
def test_an_amount_is_written_in_euros(centimes: int, expected: str) -> None:
    assert euros(centimes) == expected


@pytest.mark.parametrize(("centimes", "expected"), [(0, "0,00"), (-5, "-0,05"), (-123456, "-1234,56"), (7, "0,07")])
def test_a_spreadsheet_gets_a_plain_decimal(centimes: int, expected: str) -> None:
    assert decimal_virgule(centimes) == expected


def test_days_months_and_counts_are_french() -> None:
    assert jour(date(2026, 3, 9)) == "09/03/2026"
    assert jour_en_lettres(date(2026, 8, 1)) == "1er\u00a0août 2026"
    assert jour_en_lettres(date(2026, 12, 10)) == "10\u00a0décembre 2026"
    assert mois_en_lettres("2026-02") == "février 2026"
    assert (nombre(1, "soin"), nombre(3, "soin")) == ("1\u00a0soin", "3\u00a0soins")
