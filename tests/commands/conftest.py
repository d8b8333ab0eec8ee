"""Fixtures of the tests of commands."""

import pytest

from tests.support.memory import MemoryLedger


@pytest.fixture
def ledger() -> MemoryLedger:
    """An empty ledger in memory, with its intake."""
    return MemoryLedger()
