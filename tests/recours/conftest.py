"""One server for these tests; each test has members and sinistres of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.recours.following import Desk
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, serving

_numbers = count(1)


@pytest.fixture(scope="module")
def served(databases_18: DatabaseFactory) -> Iterator[Served]:
    """The API on a database that the tests of a module share."""
    url = databases_18.create()
    with serving(url) as running:
        yield running
    databases_18.drop(url)


@pytest.fixture
def desk(served: Served) -> Desk:
    """Assia at work on a member that no other test names."""
    return Desk(served, numero=f"R{next(_numbers):07d}")
