"""What the ledger says of one member now, from her number alone: one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from anyio import to_thread

from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.postgres.sql import statements
from infra.reads.dossiers import LATEST, MemberRead, read_member
from infra.reads.pool import ReadPool

ROWS_AT_ONCE_MAX = 500
"""Above this many rows a dossier is folded in a thread, so that one member does not hold up the others."""

_SQL = statements("infra.reads", "dossiers.sql")


class MemberReads:
    """Reads members from the read rows."""

    def __init__(self, pool: ReadPool, keyring: Keyring, members: MemberKeys) -> None:
        self._pool = pool
        self._keyring = keyring
        self._members = members

    async def read(self, numero: str, *, au: int = LATEST) -> MemberRead:
        """The member as known at a position. Raises KeyAltered, SealBroken, or what the pool raises."""
        parameters = {"numero_empreinte": self._keyring.numero_empreinte(numero), "au": au}
        rows = await self._pool.fetch(_SQL["member_rows"], parameters)
        if len(rows) > ROWS_AT_ONCE_MAX:
            return await to_thread.run_sync(self._fold, rows)
        return self._fold(rows)

    def _fold(self, rows: Sequence[Mapping[str, Any]]) -> MemberRead:
        wrapped = next(row for row in rows if row["nature"] == "position")
        key = self._members.open_row(wrapped) if wrapped["sujet"] is not None else None
        return read_member(rows, key)
