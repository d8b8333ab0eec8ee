"""A member from the events alone: the journal, the projection in memory, the read function. No read model is touched.

Her events are found by her token in the stored states: no table says where they are, so the whole journal is gone
through, a range at a time, and the database sends only what holds the token. The rows that the projection makes of them
are handed to the same function that reads rows from the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from infra.bootstrap import Services
from infra.journal.pages import read_of_sujet
from infra.projections.reading import read_event
from infra.reads.dossiers import MemberRead, read_member
from ledger.events import UnreadableEvent
from projections.dossiers import AdherentRow, AnnulationRow, DecompteRow, Row, UnprojectableEvent, rows_of

RANGE_EVENTS = 20_000
"""How many positions one statement goes through: what progress is told by."""

Progress = Callable[[int, int], None]
SetAside = Callable[[int, Exception], None]


def read_from_events(
    services: Services,
    connection: Connection[Any],
    numero: str,
    *,
    au: int,
    progress: Progress = lambda *_: None,
    set_aside: SetAside = lambda *_: None,
) -> MemberRead:
    """The member as the events up to a position say. Raises KeyAltered, SealBroken.

    `set_aside` is told of what the projection cannot digest, by its position: the worker sets it aside too.
    """
    sujet = services.members.find(numero)
    if sujet is None:
        return read_member([_position_row(au, None)], None)
    rows = [_position_row(au, sujet)]
    for row in rows_of_sujet(connection, sujet, au=au, progress=progress, set_aside=set_aside):
        if (mapping := _as_read(row)) is not None:
            rows.append(mapping)
    return read_member(rows, services.members.key(sujet))


def rows_of_sujet(
    connection: Connection[Any], sujet: UUID, *, au: int, progress: Progress, set_aside: SetAside
) -> Iterator[Row]:
    """What the projection makes of the events of one member up to a position, in order."""
    for after in range(0, au, RANGE_EVENTS):
        upto = min(after + RANGE_EVENTS, au)
        for stored in read_of_sujet(connection, sujet, after=after, upto=upto):
            try:
                event = read_event(stored)
                # The token might be told of in another member's event; whose it is stands in one place.
                yield from rows_of(event) if event.sujet == sujet.bytes else ()
            except (UnreadableEvent, UnprojectableEvent, msgspec.MsgspecError) as error:
                set_aside(stored[0], error)
        progress(upto, au)


def _position_row(au: int, sujet: UUID | None) -> Mapping[str, Any]:
    return {"nature": "position", "position": None, "emetteur": str(au), "reference": "0", "sujet": sujet}


def _as_read(row: Row) -> Mapping[str, Any] | None:
    """A row as the statement `member_rows` gives it; None for those that it does not ask for."""
    match row:
        case DecompteRow():
            return {**_fields(row), "nature": "decompte", "jour": row.date_paiement, "lignes": row.lignes}
        case AnnulationRow():
            return {**_fields(row), "nature": "annulation", "jour": row.date_annulation}
        case AdherentRow():
            reference = str(UUID(bytes=row.originator_id))
            return {**_fields(row), "nature": "adherent", "jour": row.date_effet, "reference": reference}
    return None


def _fields(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
