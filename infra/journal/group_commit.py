"""Group commit: appends that come at the same time from several threads share one transaction, hence one fsync.

No timer and no thread of its own: whoever holds the turn takes along all that waits. Alone, an append goes at once.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from eventsourcing.persistence import StoredEvent

Groups = Sequence[Sequence[StoredEvent]]
Outcomes = list[int | None]

SHARED_EVENTS_MAX = 1_000
"""How many events wait together in one transaction; more than that take the next turn."""


class _Ticket:
    """One caller's groups, and what became of them."""

    __slots__ = ("error", "events", "groups", "outcomes")

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.events = sum(len(group) for group in groups)
        self.outcomes: Outcomes | None = None
        self.error: BaseException | None = None

    @property
    def is_settled(self) -> bool:
        return self.outcomes is not None or self.error is not None


class GroupCommit:
    """Runs `append` for one caller or for many at once; each gets its own outcome."""

    def __init__(self, append: Callable[[Groups], Outcomes]) -> None:
        self._append = append
        self._waiting: list[_Ticket] = []
        self._waiting_lock = Lock()
        self._turn = Lock()

    def append(self, groups: Groups) -> Outcomes:
        """Append these groups, alone or with those of others. Raises what `append` raises for them."""
        ticket = _Ticket(groups)
        with self._waiting_lock:
            self._waiting.append(ticket)
        with self._turn:
            while not ticket.is_settled:
                self._settle(self._take_turn())
        if ticket.error is not None:
            raise ticket.error
        assert ticket.outcomes is not None
        return ticket.outcomes

    def _take_turn(self) -> list[_Ticket]:
        """The oldest tickets that fit in one transaction; at least one."""
        with self._waiting_lock:
            taken, events = 0, 0
            for ticket in self._waiting:
                events += ticket.events
                if taken and events > SHARED_EVENTS_MAX:
                    break
                taken += 1
            tickets, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return tickets

    def _settle(self, tickets: Sequence[_Ticket]) -> None:
        try:
            outcomes = iter(self._append([group for ticket in tickets for group in ticket.groups]))
        except BaseException as error:
            if len(tickets) == 1 or not isinstance(error, Exception):
                for ticket in tickets:
                    ticket.error = error
                return
            for ticket in tickets:  # One of them is at fault: it must not fail its neighbours.
                self._settle([ticket])
            return
        for ticket in tickets:
            ticket.outcomes = [next(outcomes) for _ in ticket.groups]
