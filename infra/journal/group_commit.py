"""Group commit: appends that come at the same time from several threads share one transaction, hence one fsync.

No thread of its own: one of the callers leads. Alone, an append goes at once.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock

from infra.journal.sealed import SealedEvent

Groups = Sequence[Sequence[SealedEvent]]
Outcomes = list[int | None]

SHARED_EVENTS_MAX = 1_000
"""How many events wait together in one transaction; more than that take the next turn."""

GATHER_SECONDS = 0.0001
"""How long one waits for others, when the transaction before was shared: they are on their way back."""


class _Ticket:
    """One caller's groups, and what became of them; `wake` is held until the caller has something to do."""

    __slots__ = ("error", "events", "groups", "leads", "outcomes", "wake")

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.events = sum(map(len, groups))
        self.outcomes: Outcomes | None = None
        self.error: BaseException | None = None
        self.leads = False
        self.wake = Lock()
        self.wake.acquire()

    @property
    def is_settled(self) -> bool:
        return self.outcomes is not None or self.error is not None


class GroupCommit:
    """Runs `append` for one caller or for many at once; each gets its own outcome.

    Whoever comes first leads: it takes along all that wait, tells each its outcome, and hands the lead to the first
    of those that came meanwhile. Everyone is woken once, and for something.
    """

    def __init__(self, append: Callable[[Groups], Outcomes]) -> None:
        self._append = append
        self._lock = Lock()
        self._waiting: list[_Ticket] = []
        self._is_led = False
        self._shared_last = 1

    def append(self, groups: Groups) -> Outcomes:
        """Append these groups, alone or with those of others. Raises what `append` raises for them."""
        ticket = _Ticket(groups)
        with self._lock:
            self._waiting.append(ticket)
            ticket.leads = is_leader = not self._is_led
            self._is_led = True
        try:
            if not is_leader:
                ticket.wake.acquire()
            if not ticket.is_settled:
                self._lead(ticket)
        except BaseException:  # Ctrl-C: the others must not wait for one that has gone.
            self._leave(ticket)
            raise
        if ticket.error is not None:
            raise ticket.error
        assert ticket.outcomes is not None
        return ticket.outcomes

    def _lead(self, own: _Ticket) -> None:
        if self._shared_last > 1:
            time.sleep(GATHER_SECONDS)
        tickets = self._take_along()
        self._shared_last = len(tickets)
        self._settle(tickets)
        self._hand_on()
        for ticket in tickets:
            if ticket is not own:
                ticket.wake.release()

    def _hand_on(self) -> None:
        """The first of those that wait leads now; nobody does when nobody waits."""
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        if following is not None:
            following.leads = True
            following.wake.release()

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            was_first = bool(self._waiting) and self._waiting[0] is ticket
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if was_first and ticket.leads:
            self._hand_on()

    def _take_along(self) -> list[_Ticket]:
        """The oldest tickets that fit in one transaction; the leader's is the first of them."""
        with self._lock:
            taken, events = 0, 0
            for ticket in self._waiting:
                events += ticket.events
                if taken and events > SHARED_EVENTS_MAX:
                    break
                taken += 1
            tickets, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return tickets

    def _settle(self, tickets: Sequence[_Ticket]) -> None:
        groups: Groups = (
            [group for ticket in tickets for group in ticket.groups] if len(tickets) > 1 else tickets[0].groups
        )
        try:
            outcomes = self._append(groups)
        except BaseException as error:
            if len(tickets) == 1 or not isinstance(error, Exception):
                for ticket in tickets:
                    ticket.error = error
                return
            for ticket in tickets:  # One of them is at fault: it must not fail its neighbours.
                self._settle([ticket])
            return
        first = 0
        for ticket in tickets:
            ticket.outcomes = outcomes[first : first + len(ticket.groups)]
            first += len(ticket.groups)
