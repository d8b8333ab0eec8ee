"""One server for all these tests; each test has members, emetteurs and references of its own."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, serving

_numbers = count(1)


@pytest.fixture(scope="session")
def served(databases_18: DatabaseFactory) -> Iterator[Served]:
    """The API on a database that these tests share."""
    url = databases_18.create()
    with serving(url) as running:
        yield running
    databases_18.drop(url)


@pytest.fixture
def numero() -> str:
    """A member that no other test names."""
    return f"T{next(_numbers):07d}"


@pytest.fixture
def emetteur() -> str:
    """An emetteur that no other test speaks for."""
    return f"payeur-{next(_numbers)}"
