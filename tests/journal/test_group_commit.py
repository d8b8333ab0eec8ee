"""Appends that come together share a transaction, and each keeps its own outcome."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest

from infra.journal.group_commit import SHARED_EVENTS_MAX, GroupCommit, Groups, Outcomes
from infra.journal.sealed import SealedEvent


def group(size: int = 1) -> list[SealedEvent]:
    return [SealedEvent(uuid4().bytes, 1, "sujet.essai", b"{}") for _ in range(size)]


class Journal:
    """Counts transactions; holds the first one until told to go on, so that others gather."""

    def __init__(self) -> None:
        self.transactions: list[int] = []
        self.is_first_held = Event()
        self.go_on = Event()
        self.poison: SealedEvent | None = None

    def append(self, groups: Groups) -> Outcomes:
        if not self.transactions and not self.go_on.is_set():
            self.is_first_held.set()
            assert self.go_on.wait(10)
        if any(self.poison in group for group in groups):
            raise ValueError("poison")
        self.transactions.append(sum(map(len, groups)))
        first = sum(self.transactions[:-1]) + 1
        return [first + sum(len(g) for g in groups[:index]) for index in range(len(groups))]


def gather(journal: Journal, followers: Sequence[Groups]) -> list[Outcomes | Exception]:
    """What each follower gets when all of them come while a first append is under way."""
    shared = GroupCommit(journal.append)

    def outcome(groups: Groups) -> Outcomes | Exception:
        try:
            return shared.append(groups)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(followers) + 1) as threads:
        leader = threads.submit(shared.append, [group()])
        assert journal.is_first_held.wait(10)
        waiting = [threads.submit(outcome, groups) for groups in followers]
        while len(shared._waiting) < len(followers):
            pass
        journal.go_on.set()
        assert leader.result() == [1]
        return [future.result() for future in waiting]


def test_those_that_come_together_share_one_transaction() -> None:
    journal = Journal()
    outcomes = gather(journal, [[group()] for _ in range(8)])
    assert journal.transactions == [1, 8]
    positions = [outcome[0] for outcome in outcomes if isinstance(outcome, list)]
    assert sorted(p for p in positions if p is not None) == list(range(2, 10))


def test_a_transaction_is_bounded() -> None:
    journal = Journal()
    gather(journal, [[group(SHARED_EVENTS_MAX // 2 + 1)] for _ in range(4)])
    assert journal.transactions == [1, *[SHARED_EVENTS_MAX // 2 + 1] * 4]


def test_one_at_fault_does_not_fail_its_neighbours() -> None:
    journal = Journal()
    poisoned = group()
    journal.poison = poisoned[0]
    outcomes = gather(journal, [[group()], [poisoned], [group()]])
    assert [type(outcome) for outcome in outcomes].count(ValueError) == 1
    assert sorted(journal.transactions) == [1, 1, 1]


def test_an_interruption_is_not_swallowed() -> None:
    def interrupted(_: Groups) -> Outcomes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        GroupCommit(interrupted).append([group()])
