"""A real broker, topics of one's own, and workers that run in this process or in others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.feeding import Feed
from tests.support.broker import SharedBroker, unavailable


@pytest.fixture(scope="session")
def shared_broker(run_folder: Path) -> Iterator[SharedBroker]:
    """The broker of this test run; skips where Java or Maven is missing."""
    reason = unavailable()
    if reason is not None:
        pytest.skip(reason)
    shared = SharedBroker(run_folder / "kafka")
    yield shared
    shared.close()


@pytest.fixture
def feed(shared_broker: SharedBroker) -> Iterator[Feed]:
    """Topics of one test."""
    with Feed(shared_broker.address.plain) as opened:
        yield opened
