"""The hub: one LISTEN for the process, and what becomes readable handed out to the streams that are open.

A notification says that something is readable, not what. The hub then asks once for all its streams: « what is there of
these members after where each of them stands? » So a notification lost, merged or sent for nothing changes nothing, and
a stream that resumes gets what it missed by the very same way.
"""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from infra.live.reads import SQL
from infra.projections.runner import CHANNEL_PROJECTED
from infra.reads.pool import ReadPool

STREAMS_MAX = 1_000
"""How many streams one process keeps open."""

STREAMS_PER_MEMBER_MAX = 6
"""How many of them one member has: a few tabs on a few devices."""

WAITING_POSITIONS_MAX = 100
"""How many positions wait for a stream that reads slowly; the next ones stay in the database until it has read."""

POLL_SECONDS = 5.0
"""How often the hub looks without being notified: its connection may have died in silence."""

PAUSE_SECONDS = 0.05
"""How long it lets notifications gather between two looks."""

RECONNECT_SECONDS = 1.0
CONNECT_SECONDS_MAX = 5
log = structlog.get_logger(__name__)


class TooManyStreams(Exception):
    """The process has as many streams open as it keeps."""


class TooManyStreamsOfMember(Exception):
    """This member has as many streams open as one may."""


class Subscription:
    """One open stream: what waits for it, and where it stands.

    `after` is where it began; `is_caught_up`: what it had missed then was handed over.
    """

    def __init__(self, sujet: UUID, after: int) -> None:
        self.sujet = sujet
        self.after = after
        self.seen = after
        self.is_ended = False
        self.is_caught_up = False
        self._waiting: list[int] = []
        self._has_some = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether it has all that it had missed, and nothing waits for it."""
        return self.is_caught_up and not self._waiting

    @property
    def room(self) -> int:
        """How many positions it still takes."""
        return WAITING_POSITIONS_MAX - len(self._waiting)

    def hand_over(self, positions: list[int]) -> None:
        """Give it what is new to it."""
        new = [position for position in positions if position > self.seen][: self.room]
        if new:
            self.seen = new[-1]
            self._waiting += new
            self._has_some.set()

    def catch_up(self) -> None:
        """Tell it that it has all that there was."""
        if not self.is_caught_up:
            self.is_caught_up = True
            self._has_some.set()

    def end(self) -> None:
        """Let its reader go."""
        self.is_ended = True
        self._has_some.set()

    async def take(self, *, seconds_max: float) -> list[int]:
        """What has come; nothing after `seconds_max`, when it just caught up, or when the hub closes."""
        try:
            await asyncio.wait_for(self._has_some.wait(), seconds_max)
        except TimeoutError:
            return []
        taken, self._waiting = self._waiting, []
        if not self.is_ended:
            self._has_some.clear()
        return taken


class LiveHub:
    """The streams of one process. Made on the event loop that it serves."""

    def __init__(self, url: str, pool: ReadPool) -> None:
        self._url = url
        self._pool = pool
        self._subscriptions: set[Subscription] = set()
        self._by_member: Counter[UUID] = Counter()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopped = False

    def subscribe(self, sujet: UUID, *, after: int) -> Subscription:
        """A stream of a member, from after a position on. Raises TooManyStreams, TooManyStreamsOfMember."""
        if self._is_stopped or len(self._subscriptions) >= STREAMS_MAX:
            raise TooManyStreams
        if self._by_member[sujet] >= STREAMS_PER_MEMBER_MAX:
            raise TooManyStreamsOfMember
        subscription = Subscription(sujet, after)
        self._subscriptions.add(subscription)
        self._by_member[sujet] += 1
        self._start()
        self._wake.set()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a stream."""
        self._subscriptions.discard(subscription)
        self._by_member -= Counter([subscription.sujet])

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._subscriptions)

    def look_again(self) -> None:
        """A stream has room again."""
        self._wake.set()

    def stop(self) -> None:
        """Let every stream end now, and open no further one."""
        self._is_stopped = True
        for subscription in self._subscriptions:
            subscription.end()

    async def close(self) -> None:
        """Stop, and leave the database."""
        self.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self) -> None:
        """The first stream makes the hub begin."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._hand_out())]

    async def _listen(self) -> None:
        while True:
            try:
                connection = await AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX
                )
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL_PROJECTED}")
                    self._wake.set()
                    async for _ in connection.notifies():
                        self._wake.set()
            except Exception as error:
                log.warning("ecoute_interrompue", exc_info=error)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hand_out(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            self._wake.clear()
            started = time.monotonic()
            try:
                await self._look()
            except Exception as error:
                log.warning("evenements_interrompus", exc_info=error)
                await asyncio.sleep(RECONNECT_SECONDS)
            await asyncio.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - started)))

    async def _look(self) -> None:
        """Hand out what became readable, until there is nothing that a stream could take."""
        while True:
            after: dict[UUID, int] = {}
            for subscription in self._subscriptions:
                if subscription.room:
                    known = after.get(subscription.sujet, subscription.seen)
                    after[subscription.sujet] = min(known, subscription.seen)
            if not after:
                return
            parameters = {"sujets": list(after), "apres": list(after.values()), "limit": WAITING_POSITIONS_MAX}
            news: dict[UUID, list[int]] = {}
            for row in await self._pool.fetch(SQL["news"], parameters):
                news.setdefault(row["sujet"], []).append(row["position"])
            for subscription in self._subscriptions:
                if subscription.sujet in after:
                    positions = news.get(subscription.sujet, [])
                    subscription.hand_over(positions)
                    if len(positions) < WAITING_POSITIONS_MAX and subscription.room:
                        subscription.catch_up()
            if not any(len(positions) >= WAITING_POSITIONS_MAX for positions in news.values()):
                return
