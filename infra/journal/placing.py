"""Which groups of an append go in, and at which positions."""

from collections import Counter
from functools import cached_property
from itertools import accumulate, chain, islice

from infra.journal.group_commit import Groups, Outcomes
from infra.journal.sealed import SealedEvent
from ledger.references import Stream


class Wanted:
    """Groups that want to go in."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    @cached_property
    def streams(self) -> list[Stream]:
        """The stream of every event, in order; gone through once: many events are more than caches hold."""
        return [event.stream for event in chain.from_iterable(self.groups)]


def place(
    wanted: Wanted, taken: set[tuple[Stream, int]], last: int, *, is_sure: bool = False
) -> tuple[Outcomes, list[SealedEvent]]:
    """Which groups go in behind the position `last`, and where, when these versions are taken; and the events that do.

    Of two groups that want one version the first wins. `is_sure`: none is wanted twice, so nothing is looked for.
    """
    groups = wanted.groups
    if is_sure:
        return _place_all(groups, last)
    streams = wanted.streams
    doubtful = {stream for stream, _ in taken}
    if len(set(streams)) < len(streams):
        doubtful.update(stream for stream, times in Counter(streams).items() if times > 1)
    return _place_some(groups, doubtful, taken, last) if doubtful else _place_all(groups, last)


def _place_all(groups: Groups, last: int) -> tuple[Outcomes, list[SealedEvent]]:
    """One after the other."""
    events = list(chain.from_iterable(groups))
    if len(events) == len(groups):
        return list(range(last + 1, last + 1 + len(groups))), events
    positions = accumulate(map(len, groups), initial=last + 1)
    return list(islice(positions, len(groups))), events


def _place_some(
    groups: Groups, doubtful: set[Stream], taken: set[tuple[Stream, int]], last: int
) -> tuple[Outcomes, list[SealedEvent]]:
    """Only groups that have to do with a doubtful stream, which is taken or wanted twice, are looked at closely."""
    positions: Outcomes = []
    events: list[SealedEvent] = []
    for group in groups:
        if not doubtful.isdisjoint([event.stream for event in group]):
            versions = {(event.stream, event.version) for event in group}
            if len(versions) < len(group) or not versions.isdisjoint(taken):
                positions.append(None)
                continue
            taken |= versions
        positions.append(last + len(events) + 1)
        events += group
    return positions, events
