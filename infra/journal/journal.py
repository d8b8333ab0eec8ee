"""The journal that commands append to and read: mapper and recorder behind the port of `commands.ports`."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import cast
from uuid import UUID

from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow

from commands.ports import Fact, Provenance, RecordedFact, Settle, Transaction
from infra.journal.group_commit import Outcomes
from infra.journal.keyring import Keyring
from infra.journal.mapper import SealingMapper
from infra.journal.members import MemberKeys
from infra.journal.recorder import JournalRecorder
from infra.journal.sealed import SealedEvent
from infra.postgres.sql import statements
from ledger.references import Stream
from ledger.registry import REGISTRY

_SQL = statements("infra.journal", "recorder.sql")


class PostgresJournal:
    """Events in PostgreSQL, personal parts sealed."""

    def __init__(self, datastore: PostgresDatastore, keyring: Keyring, members: MemberKeys) -> None:
        self._datastore = datastore
        self.empreinte = keyring.content_empreinte
        self.mapper = SealingMapper(members, REGISTRY)
        self.recorder = JournalRecorder(datastore, keyring)

    def seal(self, groups: Sequence[Sequence[Fact]], provenances: Sequence[Provenance]) -> list[list[SealedEvent]]:
        """Groups as they will be stored, personal parts sealed under the member's key."""
        if all(len(group) == 1 for group in groups):  # as nearly always
            return [[event] for event in self.mapper.seal([group[0] for group in groups], provenances)]
        stamps = [provenance for group, provenance in zip(groups, provenances, strict=True) for _ in group]
        sealed = iter(self.mapper.seal([fact for group in groups for fact in group], stamps))
        return [list(islice(sealed, len(group))) for group in groups]

    def append(self, groups: Sequence[object]) -> list[int | None]:
        """Record each sealed group whole, or not at all (None) when one of its versions exists."""
        return self.recorder.append(cast("Sequence[list[SealedEvent]]", groups)) if groups else []

    def append_with(self, groups: Sequence[object], settle: Settle) -> None:
        """Append, with what `settle` does in the same transaction."""

        def along(cursor: Cursor[DictRow], positions: Outcomes) -> None:
            settle(Transaction(cursor), positions)

        if groups:
            self.recorder.append_with(cast("Sequence[list[SealedEvent]]", groups), along)
            return
        with self._datastore.transaction(commit=True) as cursor:  # the head is not moved, hence not held
            along(cursor, [])

    def first_of(
        self, streams: Sequence[Stream], *, within: Transaction | None = None
    ) -> Mapping[Stream, RecordedFact]:
        """The first event of each stream that has begun; what an open transaction has appended too, when given."""
        if not streams:
            return {}
        wanted = {"streams": [UUID(bytes=stream) for stream in streams]}
        if within is not None:
            rows = cast("Cursor[DictRow]", within).execute(_SQL["first_events"], wanted).fetchall()
        else:
            with self._datastore.get_connection() as connection:
                rows = connection.execute(_SQL["first_events"], wanted).fetchall()
        found = (
            self.mapper.read(
                row["originator_id"].bytes, row["topic"], bytes(row["state"]), position=row["notification_id"]
            )
            for row in rows
        )
        return {fact.stream: fact for fact in found}

    def load(self, streams: Sequence[Stream]) -> Mapping[Stream, Sequence[RecordedFact]]:
        """Every event of each stream that has begun, the first one first."""
        if not streams:
            return {}
        wanted = [UUID(bytes=stream) for stream in streams]
        with self._datastore.get_connection() as connection:
            rows = connection.execute(_SQL["all_events"], {"streams": wanted}).fetchall()
        found: dict[Stream, list[RecordedFact]] = {}
        for row in rows:
            fact = self.mapper.read(
                row["originator_id"].bytes,
                row["topic"],
                bytes(row["state"]),
                position=row["notification_id"],
                version=row["originator_version"],
            )
            found.setdefault(fact.stream, []).append(fact)
        return found

    def position(self) -> int:
        """The position of the last recorded event; 0 for an empty journal."""
        with self._datastore.get_connection() as connection:
            row = connection.execute(_SQL["head"]).fetchone()
        return int(row["position"]) if row else 0
