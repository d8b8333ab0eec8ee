"""`attendre_position`: a read that waits until the projection has read what was just written."""

import asyncio
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest

from infra.auth.roles import Role
from infra.http.lectures import ATTENTE_SECONDS_MAX
from infra.reads.pool import ReadPool
from infra.reads.positions import READING_SECONDS_MAX, PositionWatch
from tests.support.ledger import decompte, take_one
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, code_of, serving

WAITED_SECONDS = 1.0
READS = ("accueil", "releves/2026", "reste-a-charge", "comparatif", "decomptes/cpam-751/R-1")


@pytest.fixture(scope="module")
def idle(databases_18: DatabaseFactory) -> Iterator[Served]:
    """A server whose projection reads only when the test says so."""
    url = databases_18.create()
    with serving(url, with_worker=False) as running:
        yield running
    databases_18.drop(url)


def test_a_write_is_read_at_once_when_its_position_is_waited_for(served: Served, numero: str) -> None:
    for index in range(20):
        position = served.post(decompte(f"W{index}-{numero}", numero_adherent=numero)).json()["position"]
        answer = served.get(f"/v1/adherents/{numero}/releves/2026", after=position)
        assert len(answer.json()["decomptes"]) == index + 1
        assert int(answer.headers["Ledger-Position"]) >= position


def test_a_projection_that_does_not_come_is_said_after_five_seconds(idle: Served) -> None:
    take_one(idle.services, decompte(numero_adherent="TARD"))
    client = idle.as_(Role.PORTAIL)
    started = time.monotonic()
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(
            target=lambda read=read: answers.append(client.get(f"/v1/adherents/TARD/{read}?attendre_position=999"))
        )
        for read in READS
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - started
    assert [code_of(answer) for answer in answers] == [(503, "projection_en_retard")] * len(READS)
    assert all(answer.headers["Retry-After"] == "1" for answer in answers)
    assert ATTENTE_SECONDS_MAX <= elapsed < ATTENTE_SECONDS_MAX + 5


def test_a_read_goes_on_as_soon_as_the_projection_comes(idle: Served) -> None:
    position = take_one(idle.services, decompte("R-2", numero_adherent="PRESQUE")).position
    assert code_of(idle.get("/v1/adherents/PRESQUE/accueil")) == (404, "adherent_inconnu")
    worker = idle.services.projection_worker()
    timer = threading.Timer(0.5, worker.catch_up)
    timer.start()
    answer = idle.get("/v1/adherents/PRESQUE/accueil", params={"attendre_position": position})
    timer.join()
    assert answer.status_code == 200


@pytest.mark.parametrize("position", ["-1", "x", "9223372036854775808", "1.5", ""])
def test_what_is_no_position_is_refused(served: Served, position: str) -> None:
    answer = served.get("/v1/adherents/X/accueil", params={"attendre_position": position})
    assert code_of(answer) == (422, "requete_invalide")


class WatchedPool(ReadPool):
    """The real pool, that notes when each statement began and ended."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.statements: list[tuple[float, float]] = []

    async def fetch(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
        began = time.monotonic()
        try:
            return await super().fetch(*arguments, **options)  # type: ignore[arg-type]
        finally:
            self.statements.append((began, time.monotonic()))


@pytest.mark.parametrize("clients", [20, 1000])
def test_however_many_wait_they_cost_one_query_now_and_then(idle: Served, clients: int) -> None:
    async def wait_all() -> tuple[WatchedPool, list[bool]]:
        pool = WatchedPool(idle.services.url)
        await pool.open()
        try:
            watch = PositionWatch(pool)

            async def arrive(number: int) -> bool:
                # They do not come all at once, so they do not ask all at once either.
                await asyncio.sleep(READING_SECONDS_MAX * number / clients)
                return await watch.wait_for(10**9, seconds_max=WAITED_SECONDS)

            return pool, await asyncio.gather(*map(arrive, range(clients)))
        finally:
            await pool.close()

    pool, reached = asyncio.run(wait_all())
    assert reached == [False] * clients
    # One at a time, and each only when what the one before read is no longer fresh.
    assert len(pool.statements) > 1
    for (_, ended), (began, _) in pairwise(pool.statements):
        assert began - ended >= READING_SECONDS_MAX * 0.9


def test_one_who_leaves_does_not_take_the_reading_from_the_others(idle: Served) -> None:
    async def leave_one() -> bool:
        pool = ReadPool(idle.services.url)
        await pool.open()
        try:
            watch = PositionWatch(pool)
            leaving = asyncio.create_task(watch.wait_for(10**9, seconds_max=5))
            staying = asyncio.create_task(watch.wait_for(0, seconds_max=5))
            await asyncio.sleep(0)
            leaving.cancel()
            return await staying
        finally:
            await pool.close()

    assert asyncio.run(leave_one())
