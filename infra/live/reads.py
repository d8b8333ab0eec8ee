"""The two reads of live streams."""

from dataclasses import dataclass
from uuid import UUID

from infra.journal.keyring import Keyring
from infra.postgres.sql import statements
from infra.reads.pool import ReadPool

SQL = statements("infra.live", "live.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMember:
    """A member that is known, and how far the projection has read."""

    sujet: UUID
    projected: int


async def find_member(pool: ReadPool, keyring: Keyring, numero: str) -> FoundMember | None:
    """The member of this number; None when no recorded message names her. Raises what the pool raises."""
    rows = await pool.fetch(SQL["find_member"], {"numero_empreinte": keyring.numero_empreinte(numero)})
    return FoundMember(sujet=rows[0]["sujet"], projected=int(rows[0]["projected"])) if rows else None
