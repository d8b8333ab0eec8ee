"""Weeks and months of Paris, each summed up once, when all that they hold can be read."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.bootstrap import Services
from infra.notifications.frequences import DIGEST_HOUR, PAR_PERIODE, Frequence, last_end, period_name, start_of
from tests.notifications.noticing import choose, mails, notifier_at, project_and_announce, recipients
from tests.support.ledger import annulation, decompte, take

PARIS = ZoneInfo("Europe/Paris")
HEBDO, MENSUELLE = Frequence.HEBDOMADAIRE, Frequence.MENSUELLE


def after_period(frequence: Frequence) -> datetime:
    """The hour at which the period in which we are is summed up."""
    now = datetime.now(UTC)
    while last_end(frequence, now) == last_end(frequence, datetime.now(UTC)):
        now += timedelta(hours=1)
    return now


@pytest.mark.parametrize(
    ("frequence", "now", "end", "name"),
    [
        (HEBDO, "2026-03-23T08:00+01:00", date(2026, 3, 23), "2026-W12"),
        (HEBDO, "2026-03-23T07:59+01:00", date(2026, 3, 16), "2026-W11"),
        (HEBDO, "2026-03-29T23:00+02:00", date(2026, 3, 23), "2026-W12"),
        (HEBDO, "2026-01-01T12:00+01:00", date(2025, 12, 29), "2025-W52"),
        (HEBDO, "2027-01-04T06:59Z", date(2026, 12, 28), "2026-W52"),
        (HEBDO, "2027-01-04T07:00Z", date(2027, 1, 4), "2026-W53"),
        (MENSUELLE, "2026-03-31T23:59+02:00", date(2026, 3, 1), "2026-02"),
        (MENSUELLE, "2026-04-01T08:00+02:00", date(2026, 4, 1), "2026-03"),
        (MENSUELLE, "2026-04-01T05:59Z", date(2026, 3, 1), "2026-02"),
        (MENSUELLE, "2027-01-01T09:00+01:00", date(2027, 1, 1), "2026-12"),
    ],
)
def test_a_period_ends_by_the_clock_of_paris(frequence: Frequence, now: str, end: date, name: str) -> None:
    assert last_end(frequence, datetime.fromisoformat(now)) == end
    assert period_name(frequence, end) == name


def test_the_days_of_the_change_of_hour_begin_at_midnight_in_paris() -> None:
    assert start_of(date(2026, 3, 29)).astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert start_of(date(2026, 3, 30)).astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert start_of(date(2026, 10, 26)).astimezone(UTC) == datetime(2026, 10, 25, 23, tzinfo=UTC)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(PAR_PERIODE))  # noqa: DTZ001
def test_a_period_that_is_summed_up_has_ended(naive: datetime, frequence: Frequence) -> None:
    now = naive.replace(tzinfo=UTC)
    end = last_end(frequence, now)
    assert start_of(end) <= now
    assert now - start_of(end) < timedelta(days=32, hours=DIGEST_HOUR + 1)
    assert (end.weekday() == 0) if frequence is HEBDO else (end.day == 1)


@pytest.mark.parametrize("frequence", PAR_PERIODE)
def test_a_digest_comes_once_when_its_period_is_over(services: Services, frequence: Frequence) -> None:
    choose(services, frequence)
    choose(services, frequence, "00000002")
    take(services, decompte("R-1"), decompte("R-2"), decompte("R-3"), annulation("R-3"))
    assert project_and_announce(services) == 0
    when = after_period(frequence)
    assert project_and_announce(services, when) == 1
    assert project_and_announce(services, when) == 0
    [courriel] = mails(services)
    assert courriel.contenu is not None
    assert "2 nouveaux remboursements" in courriel.contenu.texte
    assert recipients(services) == ["a00412345@exemple.fr"], "nothing new, no mail"


def test_a_period_is_not_summed_up_before_it_can_be_read(services: Services) -> None:
    choose(services, HEBDO)
    take(services, decompte("R-1"))
    assert notifier_at(services, after_period(HEBDO)).announce_due() == 0
    assert project_and_announce(services, after_period(HEBDO)) == 1


def test_what_was_summed_up_is_not_again_and_what_comes_late_is_in_the_next(services: Services) -> None:
    choose(services, HEBDO)
    take(services, decompte("R-1"))
    first = after_period(HEBDO)
    project_and_announce(services, first)
    # Recorded now, hence in the week that was summed up; its turn is the next one.
    take(services, decompte("R-2"))
    assert project_and_announce(services, first) == 0
    assert project_and_announce(services, first + timedelta(weeks=1)) == 1
    texts = [courriel.contenu.texte for courriel in mails(services) if courriel.contenu is not None]
    assert all("Un nouveau remboursement" in text for text in texts)
    assert project_and_announce(services, first + timedelta(weeks=2)) == 0


def test_weeks_missed_are_one_mail(services: Services) -> None:
    choose(services, HEBDO)
    take(services, decompte("R-1"))
    assert project_and_announce(services, after_period(HEBDO) + timedelta(weeks=5)) == 1


def test_a_new_choice_does_not_sum_up_what_was_before_it(services: Services) -> None:
    sujet = choose(services, HEBDO)
    take(services, decompte("R-1"))
    services.preferences.choose(sujet, None, MENSUELLE)
    take(services, decompte("R-2"))
    assert project_and_announce(services, after_period(HEBDO)) == 0 or after_period(HEBDO) >= after_period(MENSUELLE)
    project_and_announce(services, after_period(MENSUELLE))
    [courriel] = mails(services)
    assert courriel.contenu is not None
    assert "Un nouveau remboursement" in courriel.contenu.texte


def test_a_period_forgotten_by_the_table_is_still_known_to_the_outbox(services: Services) -> None:
    choose(services, HEBDO)
    take(services, decompte("R-1"))
    assert project_and_announce(services, after_period(HEBDO)) == 1
    with psycopg.connect(services.url) as connection:
        connection.execute("UPDATE notification_preference SET resume_fin = resume_fin - 7, depuis = 0")
    assert project_and_announce(services, after_period(HEBDO)) == 0
