"""Every dated rule holds on every generated line, judged by an oracle that shares nothing with the generator."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sample.feeds import PORTFOLIOS, day, lines_of, make_feed, read_feed
from tests.sample.rules import (
    ABOUT_THE_CAP,
    age_of,
    check_caps,
    check_deductions,
    check_hospital_days,
    check_local_scheme,
    check_majorations,
    check_prices,
    check_psychologist,
    check_rates,
    check_stays,
    deduction_nature,
    has_another_story,
    owed_deductions,
    year_key,
)

AT_EVERY_PORTFOLIO = pytest.mark.parametrize(("seed", "today"), PORTFOLIOS)


@AT_EVERY_PORTFOLIO
def test_prices_and_bases_are_those_of_the_day_of_care(seed: int, today: date) -> None:
    check_prices(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_the_regime_obligatoire_pays_the_rate_of_the_day_of_care(seed: int, today: date) -> None:
    check_rates(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_deductions_have_the_amount_of_the_day_of_care_and_spare_children(seed: int, today: date) -> None:
    check_deductions(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_no_year_of_deductions_goes_above_its_cap(seed: int, today: date) -> None:
    check_caps(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_what_an_adult_pays_directly_owes_its_deduction_until_the_cap(seed: int, today: date) -> None:
    feed = read_feed(seed, today)
    owed_in_all = owed_deductions(feed)
    capped = owed = 0
    for decompte in feed.decomptes:
        if decompte["payeur"] != "regime_obligatoire" or decompte["destinataire"] != "adherent":
            continue
        if has_another_story(feed, decompte):
            continue
        deducted = {ligne["soin"] for ligne in decompte["lignes"] if ligne["montant"] < 0}
        for ligne in lines_of(decompte, "prestation"):
            nature = deduction_nature(ligne["acte"])
            if nature is None or age_of(feed, decompte, ligne) < 18:
                continue
            owed += 1
            if ligne["soin"] in deducted:
                continue
            capped += 1
            assert owed_in_all[year_key(decompte, ligne, nature)] >= ABOUT_THE_CAP, ligne
    assert owed > 200
    assert capped < owed * 0.1


@AT_EVERY_PORTFOLIO
def test_the_loss_out_of_the_parcours_is_the_difference_between_the_two_rates(seed: int, today: date) -> None:
    check_majorations(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_the_local_scheme_completes_what_is_paid_at_70_percent_in_alsace_moselle_only(seed: int, today: date) -> None:
    check_local_scheme(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_psychologist_series_keep_to_their_number_of_sessions_and_their_first_price(seed: int, today: date) -> None:
    check_psychologist(read_feed(seed, today))


@AT_EVERY_PORTFOLIO
def test_an_act_of_120_euros_and_more_is_paid_in_full_but_a_fixed_sum_once_a_stay(seed: int, today: date) -> None:
    assert check_stays(read_feed(seed, today)) >= {"heavy", "light"}


@AT_EVERY_PORTFOLIO
def test_a_hospital_day_has_the_price_of_that_very_day(seed: int, today: date) -> None:
    check_hospital_days(read_feed(seed, today))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    today=st.dates(date(2023, 6, 1), date(2027, 12, 31)),
)
def test_every_rule_holds_whatever_the_seed_and_the_day(seed: int, today: date) -> None:
    feed = make_feed(seed, today, 8)
    for check in (
        check_prices,
        check_rates,
        check_deductions,
        check_caps,
        check_majorations,
        check_local_scheme,
        check_psychologist,
        check_stays,
        check_hospital_days,
    ):
        check(feed)


def test_the_portfolios_cross_every_change_of_the_rules() -> None:
    """So that the checks above see both sides of each date."""
    acts_of_change = {
        date(2023, 10, 15): {"HBJD001"},
        date(2023, 11, 1): {"G"},
        date(2024, 3, 31): {"PH7", "AMS"},
        date(2024, 5, 15): {"CS", "B"},
        date(2024, 6, 15): {"PSS"},
        date(2024, 12, 22): {"G"},
        date(2026, 3, 1): {"FJH"},
        date(2026, 4, 1): {"GHS"},
    }
    seen = defaultdict(set)
    for seed, today in PORTFOLIOS:
        for decompte in read_feed(seed, today).decomptes:
            for ligne in lines_of(decompte, "prestation"):
                seen[ligne["acte"]].add(day(ligne["date_soin"]))
    for change, acts in acts_of_change.items():
        for act in acts:
            assert any(change - timedelta(days=150) <= le < change for le in seen[act]), (act, change)
            assert any(change <= le < change + timedelta(days=150) for le in seen[act]), (act, change)
