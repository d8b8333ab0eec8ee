"""Settings come from the environment alone, and a wrong one is named without its value."""

import base64
from datetime import date

import pytest

from infra.settings import BadSettings, read_settings

KEY = bytes(range(32))


def test_nothing_set_is_fine() -> None:
    assert read_settings({}).database_url is None


def test_each_setting_is_read() -> None:
    settings = read_settings(
        {
            "DECOMPTE_DATABASE_URL": "postgresql://u@h/d",
            "DECOMPTE_MASTER_KEY": base64.b64encode(KEY).decode(),
            "DECOMPTE_NOW": "2026-03-01",
            "DECOMPTE_QUARANTAINE_JOURS": "90",
        }
    )
    assert settings.master_key == KEY
    assert settings.today() == date(2026, 3, 1)
    assert settings.quarantaine_jours == 90


def test_an_instant_of_the_last_evening_is_next_year_in_paris() -> None:
    assert read_settings({"DECOMPTE_NOW": "2025-12-31T23:30:00Z"}).today() == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MASTER_KEY", "court"),
        ("MASTER_KEY", base64.b64encode(b"trop court").decode()),
        ("NOW", "demain"),
        ("QUARANTAINE_JOURS", "0"),
        ("LOG_LEVEL", "bavard"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"DECOMPTE_{name}") as refused:
        read_settings({f"DECOMPTE_{name}": value})
    assert f"'{value}'" not in str(refused.value)
