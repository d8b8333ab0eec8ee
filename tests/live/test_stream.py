"""What a stream gives: every event once readable, each once, from where one stopped, and an end when it is time."""

import threading
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from infra.auth.roles import Role
from infra.http.server import HttpServer
from infra.live import hub, stream
from infra.projections.rebuild import rebuild
from tests.live.following import NUMERO, Follower, following, record
from tests.support.ledger import adherent, annulation, services_on
from tests.support.serving import Served, code_of, serving


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving(database_url) as running:
        record(running, "R-0")
        running.get(f"/v1/adherents/{NUMERO}/accueil", after=1)
        yield running


@pytest.mark.parametrize("role", [Role.PORTAIL, Role.ADHERENT])
def test_a_new_decompte_is_announced_once_it_can_be_read(served: Served, role: Role) -> None:
    with following(served, role=role) as follower:
        assert follower.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert follower.answer.headers["cache-control"] == "no-store"
        assert follower.block() == {"retry": "3000", "id": "1"}
        position = record(served, "R-1")
        assert follower.position() == position
        answer = served.get(f"/v1/adherents/{NUMERO}/accueil")
        assert int(answer.headers["Ledger-Position"]) >= position, "no waiting: it is there"


def test_annulations_too_and_registrations_and_other_members_not(served: Served) -> None:
    with following(served) as follower:
        record(served, "X-1", numero="00000002")
        cancelled = served.record(adherent(), annulation("R-0"))
        assert follower.position() == cancelled - 1, "an annulation takes two positions; the first is its own"
        position = record(served, "R-9")
        assert follower.position() == position


def test_nothing_is_announced_before_the_projection(database_url: str) -> None:
    with serving(database_url, with_worker=False) as running:
        record(running, "R-0")
        running.services.projection_worker().catch_up()
        with following(running, duree=2) as follower:
            record(running, "R-1")
            assert follower.positions() == []
        with following(running, last=1, duree=30) as follower:
            running.services.projection_worker().catch_up()
            assert follower.position() == 2


def test_a_dropped_connection_resumes_without_a_gap_or_a_repeat(served: Served) -> None:
    seen, last = [], None
    for number in range(6):
        record(served, f"A-{number}", f"B-{number}")
        with following(served, last=last if last is not None else 1) as follower:
            wanted = 1 if number % 2 else 2
            for _ in range(wanted):
                position = follower.position()
                assert position is not None
                seen.append(position)
            last = follower.last_id
    with following(served, last=last, duree=0) as follower:
        seen += follower.positions()
    assert seen == list(range(2, 14))


def test_one_that_leaves_before_any_event_resumes_from_where_it_was(served: Served) -> None:
    with following(served) as follower:
        follower.block()
        last = follower.last_id
    position = record(served, "R-1")
    with following(served, last=last) as follower:
        assert follower.position() == position


def test_a_page_follows_from_the_position_that_it_shows(served: Served) -> None:
    position = record(served, "R-1")
    with following(served, depuis=1) as follower:
        assert follower.position() == position


def test_what_was_missed_comes_whole_however_much(served: Served) -> None:
    last = record(served, *[f"M-{number}" for number in range(3 * hub.WAITING_POSITIONS_MAX + 7)])
    served.get(f"/v1/adherents/{NUMERO}/accueil", after=last)
    with following(served, last=0, duree=0) as follower:
        assert follower.positions() == list(range(1, last + 1))


def test_a_position_of_another_life_waits_for_nothing(served: Served) -> None:
    with following(served, last=10**15) as follower:
        position = record(served, "R-1")
        assert follower.position() == position


def test_a_rebuild_is_no_event(served: Served) -> None:
    with following(served, duree=3) as follower:
        follower.block()
        rebuild(served.services.url)
        position = record(served, "R-1")
        assert follower.positions() == [position]


def test_the_stream_survives_the_loss_of_its_listening_connection(served: Served) -> None:
    with following(served) as follower:
        follower.block()
        position = record(served, "R-1")
        assert follower.position() == position
        with psycopg.connect(served.services.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN projection'"
                " AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        position = record(served, "R-2")
        assert follower.position() == position


def test_quiet_streams_are_kept_open_by_comments(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    with following(served, duree=1) as follower:
        assert follower.positions() == []
        assert follower.comments > 5


def test_streams_are_bounded_per_member_and_over_all(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "STREAMS_PER_MEMBER_MAX", 2)
    monkeypatch.setattr(hub, "STREAMS_MAX", 3)
    record(served, "X-1", numero="00000002")
    path = "/v1/adherents/{}/evenements"
    served.get(path.format("00000002").replace("evenements", "accueil"), after=2)
    portal = served.as_(Role.PORTAIL)
    with following(served) as one, following(served) as two:
        assert one.block() and two.block()  # noqa: PT018
        refused = portal.get(path.format(NUMERO))
        assert code_of(refused) == (429, "trop_de_flux")
        assert refused.headers["Retry-After"] == "30"
        with following(served, "00000002") as other:
            assert other.block()
            assert code_of(portal.get(path.format("00000002"))) == (503, "service_sature")
    deadline = time.monotonic() + 10
    while True:  # Those that left have given their places back.
        with following(served, duree=0) as again:
            if again.answer.status_code == 200:
                break
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_client_that_left_gives_its_place_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "STREAMS_PER_MEMBER_MAX", 1)
    for _ in range(5):
        deadline = time.monotonic() + 10
        while True:
            with following(served) as follower:
                if follower.answer.status_code == 200:
                    assert follower.block() is not None
                    break
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_who_may_not_read_may_not_follow(served: Served) -> None:
    path = f"/v1/adherents/{NUMERO}/evenements"
    assert code_of(served.as_(None).get(path)) == (401, "jeton_absent")
    for role in (Role.SOURCE, Role.AUDITEUR, Role.ASSIA, Role.EXPLOITANT):
        assert code_of(served.as_(role).get(path)) == (403, "role_interdit")
    assert code_of(served.as_(Role.ADHERENT, "00000009").get(path)) == (404, "adherent_inconnu")
    assert code_of(served.as_(Role.PORTAIL).get("/v1/adherents/INCONNU/evenements")) == (404, "adherent_inconnu")
    for headers in ({"Last-Event-ID": "x"}, {"Last-Event-ID": "-1"}, {"Last-Event-ID": str(2**63)}):
        assert code_of(served.as_(Role.PORTAIL).get(path, headers=headers)) == (422, "requete_invalide")


def test_a_head_does_not_wait(served: Served) -> None:
    answer = served.as_(Role.PORTAIL).head(f"/v1/adherents/{NUMERO}/evenements")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_server_stops_at_once_with_streams_open(database_url: str) -> None:
    with services_on(database_url) as services:
        server = HttpServer(services, host="127.0.0.1", port=0, with_worker=True)
        ready, ended = threading.Event(), threading.Event()
        thread = threading.Thread(target=server.run, args=(lambda _: ready.set(),))
        thread.start()
        assert ready.wait(30)
        running = Served(services=services, url=server.url)
        record(running, "R-0")
        running.get(f"/v1/adherents/{NUMERO}/accueil", after=1)

        def follow() -> None:
            try:
                with following(running) as follower:
                    opened.set()
                    if follower.positions() == []:
                        ended.set()
            except httpx.HTTPError:
                return

        opened = threading.Event()
        client = threading.Thread(target=follow)
        client.start()
        assert opened.wait(10)
        started = time.monotonic()
        server.stop()
        thread.join(30)
        assert time.monotonic() - started < 3
        client.join(10)
        assert ended.is_set(), "the stream was ended, not cut"
        running.close()


def test_many_streams_share_one_connection_to_the_database(served: Served) -> None:
    followers: list[Follower] = []
    with following(served) as one, following(served) as two, following(served) as three:
        followers = [one, two, three]
        for follower in followers:
            follower.block()
        position = record(served, "R-1")
        assert [follower.position() for follower in followers] == [position] * 3
        with psycopg.connect(served.services.url) as connection:
            listening = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN projection'"
                " AND datname = current_database()"
            ).fetchone()
        assert listening == (2,), "one for the streams, one for the notifier"
