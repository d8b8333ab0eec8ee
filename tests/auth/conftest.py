"""A member and her access, on a database of the test's own."""

from collections.abc import Iterator

import pytest

from infra.bootstrap import Services
from tests.support.acces import Monde, monde_on


@pytest.fixture
def monde(services: Services) -> Iterator[Monde]:
    """A registered member who has no access yet."""
    with monde_on(services) as made:
        yield made
