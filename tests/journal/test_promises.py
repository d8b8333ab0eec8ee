"""The adapters in PostgreSQL keep what those in memory promise: a test on the latter speaks for the former."""

import pytest

from infra.bootstrap import Services
from infra.journal.journal import PostgresJournal
from infra.journal.members import MemberKeys
from infra.quarantine.store import PostgresQuarantine
from tests.support.promises import JournalPromises, QuarantainePromises, SujetsPromises


class TestPostgresJournal(JournalPromises):
    @pytest.fixture
    def journal(self, services: Services) -> PostgresJournal:
        return services.journal

    @pytest.fixture
    def sujets(self, services: Services) -> MemberKeys:
        return services.members


class TestMemberKeys(SujetsPromises):
    @pytest.fixture
    def sujets(self, services: Services) -> MemberKeys:
        return services.members


class TestPostgresQuarantine(QuarantainePromises):
    @pytest.fixture
    def quarantaine(self, services: Services) -> PostgresQuarantine:
        return services.quarantine
