"""One batch of one partition into the ledger, with the partition's next offset in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import psycopg
import structlog
from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from kafka.consumer.fetcher import ConsumerRecord
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from commands.intake.take import Outcome, Source, Statut
from commands.ports import Provenance, Rejet, Transaction
from infra.bootstrap import Services
from infra.journal.mapper import SealBroken
from infra.journal.members import KeyAltered
from infra.journal.recorder import JournalAltered
from infra.kafka.ownership import Owned
from infra.kafka.records import incoming
from infra.kafka.rejets import keep_rejets
from infra.postgres.sql import statements
from infra.trace import new_trace_id
from ledger.errors import Erreur, MessageInvalide

DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
    InternalError,
    PoolTimeout,
)
"""The database, not the message, is at fault: the same batch is taken again once it is back."""

_SQL = statements("infra.kafka", "partitions.sql")
log = structlog.get_logger(__name__)


class Fenced(Exception):
    """Somebody else owns the partition now, or it was moved: nothing of the batch was recorded."""


_NOT_THE_MESSAGE = (*DATABASE_AWAY, Fenced, JournalAltered, KeyAltered, SealBroken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records that follow each other in a partition."""

    owned: Owned
    records: Sequence[ConsumerRecord]
    end: int

    @property
    def next_offset(self) -> int:
        """Where the partition goes on after this batch."""
        return int(self.records[-1].offset) + 1


class Taking:
    """Takes batches of a topic."""

    def __init__(self, services: Services) -> None:
        self._intake = services.intake
        self._quarantine = services.quarantine
        self._journal = services.journal
        self._topic = services.settings.kafka_flux
        emetteurs = services.settings.kafka_emetteurs
        self._emetteurs = frozenset(emetteurs) if emetteurs else None

    def take(self, owned: Owned, records: Sequence[ConsumerRecord], *, end: int) -> list[Outcome]:
        """Record these records, and how far the partition is read; `end` is how far it goes.

        A message that the ledger cannot take is found, and kept in quarantine alone. Raises Fenced, or what the
        database raises when it goes away: then it alone knows how far the partition was read.
        """
        batch = Batch(owned=owned, records=records, end=end)
        try:
            outcomes = self._commit(batch, owned.next_offset)
        except _NOT_THE_MESSAGE:
            raise
        except Exception as error:
            offset = records[0].offset
            log.warning("lot_un_par_un", partition=owned.partition, offset=offset, erreur=type(error).__name__)
            outcomes = self._take_each(batch)
        owned.next_offset = batch.next_offset
        return outcomes

    def _take_each(self, batch: Batch) -> list[Outcome]:
        outcomes: list[Outcome] = []
        expected = batch.owned.next_offset
        for record in batch.records:
            one = Batch(owned=batch.owned, records=[record], end=batch.end)
            try:
                outcomes += self._commit(one, expected)
            except _NOT_THE_MESSAGE:
                raise
            except Exception:
                log.exception("message_impossible", partition=batch.owned.partition, offset=record.offset)
                outcomes.append(self._set_aside(one, expected))
            expected = one.next_offset
        return outcomes

    def _commit(self, batch: Batch, expected: int) -> list[Outcome]:
        prepared = self._intake.prepare(
            incoming(batch.records),
            source=Source(origine=self._origine(batch.owned), deposant="kafka", emetteurs=self._emetteurs),
            provenance=Provenance(actor="kafka:consume", trace_id=new_trace_id()),
        )

        def along(transaction: Transaction, outcomes: Sequence[Outcome]) -> None:
            self._move(cast("Cursor[DictRow]", transaction), batch, expected, outcomes)

        return self._intake.commit(prepared, along=along)

    def _set_aside(self, batch: Batch, expected: int) -> Outcome:
        """Quarantine alone: what stopped the ledger is a fault of ours, and the message can be replayed once mended."""
        [message] = incoming(batch.records)
        refusal = MessageInvalide([Erreur("", "le registre n'a pas pu enregistrer ce message")])
        outcome = Outcome(statut=Statut.EN_QUARANTAINE, ligne=message.ligne, refusal=refusal)
        rejet = Rejet(
            raw=message.raw,
            refusal=refusal,
            origine=self._origine(batch.owned),
            ligne=message.ligne,
            deposant="kafka",
        )

        def settle(transaction: Transaction, _: list[int | None]) -> None:
            [outcome.quarantaine] = self._quarantine.keep([rejet], within=transaction)
            self._move(cast("Cursor[DictRow]", transaction), batch, expected, [outcome])

        self._journal.append_with([], settle)
        return outcome

    def _move(self, cursor: Cursor[DictRow], batch: Batch, expected: int, outcomes: Sequence[Outcome]) -> None:
        moved = cursor.execute(
            _SQL["move"],
            {
                "topic": self._topic,
                "partition": batch.owned.partition,
                "epoch": batch.owned.epoch,
                "expected": expected,
                "next": batch.next_offset,
                "end": batch.end,
                "message_at": datetime.fromtimestamp(batch.records[-1].timestamp / 1000, UTC),
            },
        )
        if moved.rowcount != 1:
            raise Fenced
        keep_rejets(cursor, self._topic, batch.owned.partition, outcomes)

    def _origine(self, owned: Owned) -> str:
        return f"kafka:{self._topic}/{owned.partition}"
