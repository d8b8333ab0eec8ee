"""Several workers at once: each bucket is one's, shared anew when one comes or goes, and every event projected once."""

import psycopg
import pytest

from infra.bootstrap import Services
from infra.journal.pages import read_page
from infra.postgres.migrate import migrations
from infra.projections import runner
from infra.projections.ownership import Ownership
from infra.projections.reading import read_events
from infra.projections.rebuild import rebuild
from infra.projections.recorder import DossierRecorder, Fenced
from infra.verify.verify import verify
from ledger.buckets import BUCKETS
from projections.dossiers import project
from projections.parts import Part
from tests.projections.sharing import held, parts, positions, read_ahead, read_rows, shares, until, working
from tests.projections.test_runner import poison
from tests.support.ledger import decompte, portfolio, take, take_one

ALL = f"dossiers/{BUCKETS}"
MEMBERS = 60
TAKE_OVER_SECONDS_MAX = 1.0


def test_two_workers_at_once_project_everything_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BATCH_EVENTS_MAX", 50)
    first, second = services.projection_worker(), services.projection_worker()
    with working(first, second):
        until(lambda: shares(services.url) == [8, 8], "two share evenly")
        take(services, *portfolio(600, members=MEMBERS))
        aside = poison(services)
        end = take_one(services, decompte("LAST")).position
        assert end is not None
        until(lambda: first.position() >= end, "they follow")
        assert set(positions(services.url).values()) == {end}, "buckets without an event have been read as well"
        assert len(parts(services.url)) == 2
    by_two = read_rows(services)
    with psycopg.connect(services.url) as connection:
        assert connection.execute("SELECT position FROM evenement_ecarte").fetchall() == [(aside,)]
    assert rebuild(services.url).differing == []
    assert read_rows(services) == by_two


def test_shares_follow_who_comes_and_goes(services: Services) -> None:
    first, second, third = (services.projection_worker() for _ in range(3))
    with working(first):
        until(lambda: shares(services.url) == [16], "one has all")
        with working(second):
            until(lambda: shares(services.url) == [8, 8], "two")
            with working(third):
                until(lambda: shares(services.url) == [6, 5, 5], "three")
                everyone = "".join(sorted("".join(held(services.url).values())))
                assert everyone == BUCKETS, "each bucket is one's"
                take(services, *portfolio(100, members=MEMBERS))
                until(lambda: first.position() == services.journal.position(), "they follow")
            until(lambda: shares(services.url) == [8, 8], "two again")
        until(lambda: shares(services.url) == [16], "one again")
        end = take_one(services, decompte("ALONE")).position
        until(lambda: parts(services.url) == {ALL: end}, "what is equally far is one part again")
    assert held(services.url) == {}
    assert verify(services).faults == []


def test_a_worker_whose_session_dies_is_replaced_in_less_than_a_second(services: Services) -> None:
    first, second = services.projection_worker(), services.projection_worker()
    with working(first, second):
        until(lambda: shares(services.url) == [8, 8], "two")
        [dead, *_] = held(services.url)
        with psycopg.connect(services.url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (dead,))
        took = until(lambda: shares(services.url) == [16], "the other takes what it had")
        assert took < TAKE_OVER_SECONDS_MAX


def test_more_workers_than_buckets_wait_for_their_turn(services: Services) -> None:
    workers = [services.projection_worker() for _ in range(17)]
    with working(*workers):
        until(lambda: shares(services.url) == [1] * 16 + [0], "one has none")
        end = take_one(services, decompte("ONE")).position
        until(lambda: workers[0].position() == end, "they follow")
        assert len(parts(services.url)) == 16


def test_who_was_overtaken_writes_nothing(services: Services) -> None:
    take(services, *portfolio(40, members=MEMBERS))
    with services.datastore.get_connection() as connection:
        page = read_page(connection, after=0, upto=1_000, limit=1_000)
    rows = project(read_events(page))
    zombie, end = DossierRecorder(services.datastore), page[-1][0]
    with Ownership(services.url) as other:
        other.divide(BUCKETS[:3])
        with pytest.raises(Fenced):
            zombie.record([Part(BUCKETS, 0)], rows, upto=end)  # the part was divided, at the same position
    assert read_rows(services) == []
    services.projection_worker().catch_up()
    before = read_rows(services)
    for stale in ([Part(BUCKETS, 0)], [Part(BUCKETS[:3], 0), Part(BUCKETS[3:], end - 1)]):
        with pytest.raises(Fenced):
            zombie.record(stale, rows, upto=end)
    assert read_rows(services) == before
    assert verify(services).faults == []


def test_who_is_behind_is_caught_up_without_doing_anything_twice(services: Services) -> None:
    take(services, *portfolio(200, members=MEMBERS))
    read_ahead(services, "05af", upto=150)
    read_ahead(services, "123", upto=90)
    ahead = positions(services.url)
    assert (ahead["0"], ahead["1"], ahead["2"], ahead["4"]) == (150, 90, 90, 0)
    assert services.projection_worker().position() == 0, "the smallest"
    assert verify(services).faults == [], "each bucket is compared as far as it has been read"
    assert services.projection_worker().catch_up() == services.journal.position()
    assert verify(services).faults == []
    assert rebuild(services.url).differing == []


def test_a_rebuild_brings_all_buckets_to_one_position(services: Services) -> None:
    take(services, *portfolio(200, members=MEMBERS))
    read_ahead(services, "05af", upto=150)
    first, second = services.projection_worker(), services.projection_worker()
    rebuilt = rebuild(services.url)
    assert (rebuilt.differing, set(positions(services.url).values())) == ([], {rebuilt.position})
    assert verify(services).faults == []
    with working(first, second):
        until(lambda: shares(services.url) == [8, 8], "two")
        for number in range(3):
            take(services, *(decompte(f"R-{number}-{n}", numero_adherent=f"M{n}") for n in range(20)))
            assert rebuild(services.url).differing == []
        until(lambda: first.position() == services.journal.position(), "they go on from where the rebuild left them")
    assert verify(services).faults == []


def test_one_who_helps_out_leaves_the_others_what_they_have(services: Services) -> None:
    worker = services.projection_worker()
    with working(worker):
        until(lambda: shares(services.url) == [16], "one")
        end = take_one(services, decompte("ONE")).position
        assert services.projection_worker().catch_up() == end
        assert shares(services.url) == [16]


def test_a_bucket_without_a_position_stops_everything_and_shows(services: Services) -> None:
    end = take_one(services, decompte("ONE")).position
    read_ahead(services, "0123", upto=1)
    with psycopg.connect(services.url) as connection:
        connection.execute("DELETE FROM notification_tracking WHERE application_name = 'dossiers/0123'")
    assert services.projection_worker().position() == 0
    faults = [(fault.table, fault.place) for fault in verify(services).faults]
    assert [("notification_tracking", f"seau {bucket}") for bucket in "0123"] == faults[:4]
    assert end == 1


def test_a_database_of_before_goes_on_from_where_it_was(services: Services) -> None:
    take(services, *portfolio(30))
    services.projection_worker().catch_up()
    end = services.journal.position()
    [migration] = [m for m in migrations() if m.name == "0080_divide_projection.sql"]
    with psycopg.connect(services.url) as connection:
        connection.execute("DROP VIEW projection_position, projection_bucket")
        connection.execute("UPDATE notification_tracking SET application_name = 'dossiers'")
        connection.execute(migration.sql)
    assert parts(services.url) == {ALL: end}
    assert services.projection_worker().position() == end
    assert verify(services).faults == []
