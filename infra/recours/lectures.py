"""What is known of members who have a sinistre: their dossier and their sinistres, at one position.

Read rows, read synchronously: commands freeze figures from them, and what Assia reads is derived from them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.postgres import PostgresDatastore

from commands.ports import Lecture
from infra.journal.keyring import sealing_context
from infra.journal.mapper import unseal
from infra.journal.members import MemberKeys
from infra.postgres.sql import statements
from infra.reads.dossiers import LATEST, read_member
from ledger.bordereau.events import CLASSES_ENCAISSEES, BordereauEvent
from ledger.dossier import Dossier
from ledger.events import Event
from ledger.references import stream_of_sinistre
from ledger.registry import REGISTRY
from ledger.sinistre.events import SinistreEvent
from readmodels.bordereaux import BordereauConnu, ResumeBordereau
from readmodels.sinistres_connus import EtapeConnue, SinistreConnu, sinistres_of

SQL = statements("infra.recours", "lectures.sql")
SUJETS_AT_ONCE = 200
"""How many members' dossiers are in memory together."""

Place = tuple[datetime, UUID]
"""Where a page of the worklist ends: when the last declaration was recorded, and its stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembreRecours:
    """A member: her dossier and her sinistres, as known at `au`. `is_known`: a message recorded till then names her."""

    sujet: UUID
    dossier: Dossier
    sinistres: tuple[SinistreConnu, ...]
    au: int
    is_known: bool

    def sinistre(self, reference: str) -> SinistreConnu | None:
        return next((s for s in self.sinistres if s.sinistre.reference == reference), None)


class RecoursReads:
    """Reads members with sinistres; as `Dossiers`, it first waits for what was recorded before the call."""

    def __init__(self, datastore: PostgresDatastore, members: MemberKeys, catch_up: Callable[[], int]) -> None:
        self._datastore = datastore
        self._members = members
        self._catch_up = catch_up

    def read(self, sujet: UUID) -> Lecture:
        """The dossier of one member, not older than the call."""
        return self.read_all([sujet])[sujet]

    def read_all(self, sujets: Collection[UUID]) -> Mapping[UUID, Lecture]:
        """The dossiers of several members, not older than the call."""
        self._catch_up()
        return {m.sujet: Lecture(dossier=m.dossier, au=m.au) for m in self.members(sujets)}

    def members(self, sujets: Collection[UUID], *, is_whole: bool = True, au: int = LATEST) -> list[MembreRecours]:
        """These members as known at a position. Not `is_whole`: their recoveries alone, for balances."""
        parameters = {"sujets": list(sujets), "is_whole": is_whole, "au": au}
        with self._datastore.get_connection() as connection:
            cursor = connection.execute(SQL["rows_of_sujets"], parameters)
            rows = cursor.fetchall()
        keys = self._members.keys(sujets)
        known_at = max((row["position"] for row in rows if row["nature"] == "position"), default=0)
        by_sujet: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            if row["sujet"] is not None:
                by_sujet[row["sujet"]].append(row)
        return [_member(sujet, by_sujet[sujet], keys.get(sujet), known_at) for sujet in sujets]

    def sujet_of(self, reference: str) -> UUID | None:
        """Whose a sinistre is; None when there is no such one."""
        stream = UUID(bytes=stream_of_sinistre(reference))
        with self._datastore.get_connection() as connection:
            row = connection.execute(SQL["sujet_of_sinistre"], {"stream": stream}).fetchone()
        return UUID(row["sujet"]) if row else None

    def sinistre(self, reference: str, *, au: int = LATEST) -> tuple[MembreRecours, SinistreConnu] | None:
        """A sinistre and its member, as known at a position; None for one unknown there, or not projected yet."""
        sujet = self.sujet_of(reference)
        if sujet is None:
            return None
        [member] = self.members([sujet], au=au)
        connu = member.sinistre(reference)
        return (member, connu) if connu is not None else None

    def page(self, after: Place | None, limit: int, *, au: int = LATEST) -> list[tuple[Place, UUID, str]]:
        """The next sinistres of the worklist of a position: their place, their member, their reference."""
        at, identifier = after if after is not None else (None, None)
        parameters = {"after_at": at, "after_id": identifier, "limit": limit, "au": au}
        with self._datastore.get_connection() as connection:
            rows = connection.execute(SQL["sinistres_after"], parameters).fetchall()
        return [
            ((row["enregistre_at"].astimezone(UTC), row["originator_id"]), row["sujet"], row["reference"])
            for row in rows
        ]

    def members_after(self, after: UUID | None, limit: int) -> list[MembreRecours]:
        """A page of all members, with a sinistre or without, in the order of their tokens."""
        with self._datastore.get_connection() as connection:
            rows = connection.execute(SQL["sujets_after"], {"after": after, "limit": limit}).fetchall()
        return self.members([row["sujet"] for row in rows])

    def all_members(self, *, is_whole: bool, au: int = LATEST) -> Iterator[MembreRecours]:
        """Every member with a sinistre or a recovery at a position, a block at a time."""
        yield from self._blocks("sujets_of_recours", is_whole=is_whole, au=au)

    def members_without_sinistre(self) -> Iterator[MembreRecours]:
        """Every member with a recovery for a sinistre that nobody opened."""
        yield from self._blocks("sujets_without_sinistre", is_whole=False, au=LATEST)

    def bordereau(self, maison: UUID, reference: str) -> list[BordereauConnu]:
        """The steps of a bordereau, in order."""
        with self._datastore.get_connection() as connection:
            rows = connection.execute(SQL["bordereau_rows"], {"sujet": maison, "reference": reference}).fetchall()
        key = self._members.key(maison)
        return [
            BordereauConnu(
                enregistre_at=row["enregistre_at"].astimezone(UTC),
                event=cast(
                    BordereauEvent,
                    _event(row["evenement"], row["version"], row["faits"], row["scelle"], row["originator_id"], key),
                ),
            )
            for row in rows
        ]

    def bordereaux(self, maison: UUID, limit: int) -> list[ResumeBordereau]:
        """The bordereaux, the newest first."""
        encaissees = [classe.value for classe in CLASSES_ENCAISSEES]
        with self._datastore.get_connection() as connection:
            rows = connection.execute(
                SQL["bordereaux"], {"sujet": maison, "encaissees": encaissees, "limit": limit}
            ).fetchall()
        return [ResumeBordereau(**row | {"recu_at": row["recu_at"].astimezone(UTC)}) for row in rows]

    def _blocks(self, name: str, *, is_whole: bool, au: int) -> Iterator[MembreRecours]:
        with self._datastore.get_connection() as connection:
            sujets = [row["sujet"] for row in connection.execute(SQL[name], {"au": au}).fetchall()]
        for start in range(0, len(sujets), SUJETS_AT_ONCE):
            yield from self.members(sujets[start : start + SUJETS_AT_ONCE], is_whole=is_whole, au=au)


def _member(sujet: UUID, rows: Sequence[Mapping[str, Any]], key: AESGCM | None, au: int) -> MembreRecours:
    etapes = [_etape(row, key) for row in rows if row["nature"] == "recours"]
    known = read_member([row for row in rows if row["nature"] != "recours"], key)
    return MembreRecours(
        sujet=sujet,
        dossier=known.dossier,
        sinistres=tuple(sinistres_of(etapes)),
        au=au,
        is_known=known.is_known,
    )


def _etape(row: Mapping[str, Any], key: AESGCM | None) -> EtapeConnue:
    event = _event(row["emetteur"], row["version"], row["lignes"], row["scelle"], UUID(row["payeur"]), key)
    return EtapeConnue(
        position=row["position"],
        enregistre_at=row["enregistre_at"].astimezone(UTC),
        event=cast(SinistreEvent, event),
    )


def _event(topic: str, version: int, faits: str, scelle: bytes | None, stream: UUID, key: AESGCM | None) -> Event:
    """The event that a row of `read_recours` keeps; its personal part is None where the key is gone."""
    personnel = None
    if scelle is not None and key is not None:
        opened = unseal(key, bytes(scelle), sealing_context(stream.bytes, topic))
        personnel = REGISTRY.read_personal(topic, version, opened)
    # The row has the facts in their present form, the seal the version that it was written in.
    present = REGISTRY.by_topic[topic].version
    return REGISTRY.by_topic[topic](faits=REGISTRY.read_facts(topic, present, faits.encode()), personnel=personnel)
