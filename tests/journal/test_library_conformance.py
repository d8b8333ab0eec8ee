"""The eventsourcing library's own test cases pass on our recorders, on each PostgreSQL that we support."""

from collections.abc import Iterator
from typing import ClassVar

# Imported as a module: its test cases are abstract, and must not be collected here.
import eventsourcing.tests.persistence as library
import pytest
from eventsourcing.persistence import ApplicationRecorder, TrackingRecorder
from eventsourcing.postgres import PostgresDatastore

from infra.journal.keyring import Keyring
from infra.journal.recorder import JournalRecorder
from infra.postgres.datastore import open_datastore
from infra.projections.recorder import DossierRecorder
from tests.support.ledger import MASTER_KEY
from tests.support.postgres import DatabaseFactory


class _OnFreshDatabase:
    """One empty, migrated database per test."""

    databases: ClassVar[str]
    datastore: PostgresDatastore

    @pytest.fixture(autouse=True)
    def _open(self, request: pytest.FixtureRequest) -> Iterator[None]:
        factory: DatabaseFactory = request.getfixturevalue(self.databases)
        url = factory.create()
        self.datastore = open_datastore(url)
        yield
        self.datastore.close()
        factory.drop(url)


class _Journal(_OnFreshDatabase):
    # Ours are contiguous, which is more than the library asks of PostgreSQL.
    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = True

    def create_recorder(self) -> ApplicationRecorder:
        recorder = JournalRecorder(self.datastore, Keyring(MASTER_KEY))
        recorder.create_table()
        return recorder


class _Tracking(_OnFreshDatabase):
    def create_recorder(self) -> TrackingRecorder:
        return DossierRecorder(self.datastore)


# pytest collects every TestCase, whatever its name: only the leaves below inherit the library's.


class TestApplicationRecorderOnPostgres18(_Journal, library.ApplicationRecorderTestCase[ApplicationRecorder]):
    databases = "databases_18"

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnPostgres15(_Journal, library.ApplicationRecorderTestCase[ApplicationRecorder]):
    databases = "databases_15"

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestOrderOfPositionsOnPostgres18(_Journal, library.NonInterleavingNotificationIDsBaseCase):
    databases = "databases_18"
    insert_num = 1000


class TestOrderOfPositionsOnPostgres15(_Journal, library.NonInterleavingNotificationIDsBaseCase):
    databases = "databases_15"
    insert_num = 1000


class TestTrackingRecorderOnPostgres18(_Tracking, library.TrackingRecorderTestCase):
    databases = "databases_18"


class TestTrackingRecorderOnPostgres15(_Tracking, library.TrackingRecorderTestCase):
    databases = "databases_15"
