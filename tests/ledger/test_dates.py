"""Civil days are those of Paris, and members read two years."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledger.dates import AUTRE_MUTUELLE_DEPUIS, Fenetre, civil_day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2026, 8, 1)),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), date(2025, 12, 31)),
    ],
    ids=[
        "winter, before",
        "winter, at midnight",
        "the example",
        "summer, before",
        "summer, at midnight",
        "from the east",
    ],
)
def test_a_day_ends_at_midnight_in_paris(instant: datetime, day: date) -> None:
    assert civil_day(instant) == day


def test_an_instant_without_a_time_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        civil_day(datetime(2026, 12, 31, 23, 30))  # noqa: DTZ001 - what is refused


def test_members_read_the_current_civil_year_and_the_one_before() -> None:
    fenetre = Fenetre.at(date(2026, 12, 31))
    assert fenetre == (2025, 2026)
    assert [annee for annee in range(2020, 2030) if annee in fenetre] == [2025, 2026]


def test_on_31_december_at_23_30_utc_the_window_has_already_moved() -> None:
    before, after = (
        Fenetre.at(civil_day(datetime(2026, 12, 31, 22, 30, tzinfo=UTC))),
        Fenetre.at(civil_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))),
    )
    assert (2025 in before, 2025 in after) == (True, False)
    assert (2027 in before, 2027 in after) == (False, True)


def test_only_a_year_is_in_the_window() -> None:
    asked: object = "2026"
    assert asked not in Fenetre.at(date(2026, 1, 1))


def test_the_other_mutuelle_is_shown_since_15_february_2023() -> None:
    assert date(2023, 2, 15) == AUTRE_MUTUELLE_DEPUIS
