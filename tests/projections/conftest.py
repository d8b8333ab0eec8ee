"""The real services on a fresh database."""

from collections.abc import Iterator

import pytest

from infra.bootstrap import Services
from tests.support.ledger import services_on


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    """Everything wired on an empty ledger."""
    with services_on(database_url) as opened:
        yield opened
