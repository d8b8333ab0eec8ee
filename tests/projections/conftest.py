"""What tests of projections share."""

import pytest

from infra.bootstrap import Services
from infra.journal.pages import JournalRow, read_page
from tests.recours.importing import fill
from tests.support.ledger import annulation, decompte, portfolio, soin_line, take


@pytest.fixture
def journal(services: Services) -> list[JournalRow]:
    """Every kind of event, with and without what is optional."""
    take(
        services,
        *portfolio(120),
        decompte("ACCENTS", organisme="CPAM des Bouches-du-Rhône", lignes=[soin_line(soin="É-1")]),
        annulation("ACCENTS"),
    )
    fill(services)
    with services.datastore.get_connection() as connection:
        return read_page(connection, after=0, upto=1_000, limit=1_000)
