"""Balances for a server: each is reckoned once, by a program of its own, and kept while the process lives.

A balance at a position never changes: what was known then is known, whatever comes later, whatever is forgotten.
"""

import asyncio
import subprocess
import sys
from collections import OrderedDict

import msgspec
from anyio import CapacityLimiter, to_thread

from infra.audit.calcul import Demande
from readmodels.vues_audit import BalanceGenerale

KEPT_MAX = 64
"""How many balances are kept; one has some tens of kilobytes."""

ATTENTE_SECONDS_MAX = 20.0
"""How long who asks waits; the reckoning goes on after that."""

AT_ONCE = 1
_decode = msgspec.json.Decoder(BalanceGenerale).decode


class CalculEnCours(Exception):
    """The balance is being reckoned: ask again in a while."""


class CalculEchoue(Exception):
    """The program that reckons ended badly; its words are in the log."""


class Balances:
    """Made and used on one event loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._kept: OrderedDict[int, BalanceGenerale] = OrderedDict()
        self._under_way: dict[int, asyncio.Task[BalanceGenerale]] = {}
        self._limiter = CapacityLimiter(AT_ONCE)
        self._programs: set[subprocess.Popen[bytes]] = set()

    async def at(self, position: int) -> BalanceGenerale:
        """The balance at a position that the read rows have reached. Raises CalculEnCours, CalculEchoue."""
        kept = self._kept.get(position)
        if kept is not None:
            self._kept.move_to_end(position)
            return kept
        task = self._under_way.get(position)
        if task is None:
            task = self._under_way[position] = asyncio.create_task(self._reckon(position))
            task.add_done_callback(lambda done: self._finish(position, done))
        try:
            # Shielded: who leaves does not take it from the others, nor from who asks again.
            return await asyncio.wait_for(asyncio.shield(task), ATTENTE_SECONDS_MAX)
        except TimeoutError:
            raise CalculEnCours from None

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        for program in self._programs:
            program.terminate()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reckon(self, position: int) -> BalanceGenerale:
        found = await to_thread.run_sync(self._run, position, limiter=self._limiter)
        self._kept[position] = found
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return found

    def _run(self, position: int) -> BalanceGenerale:
        command = [sys.executable, "-m", "infra.audit.calcul"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:  # noqa: S603
            self._programs.add(program)
            try:
                # The address of the database holds a password: never on a command line, which everybody reads.
                said, _ = program.communicate(msgspec.json.encode(Demande(url=self._url, au=position)))
            finally:
                self._programs.discard(program)
        if program.returncode != 0:
            raise CalculEchoue(program.returncode)
        return _decode(said)

    def _finish(self, position: int, task: asyncio.Task[BalanceGenerale]) -> None:
        self._under_way.pop(position, None)
        if not task.cancelled():
            task.exception()  # Seen here, in case everyone who waited has left.
