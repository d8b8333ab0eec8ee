"""Forgetting a member: the reasons to keep are looked at, then one transaction destroys her key and cleans the rest.

The event, the key and every table are changed together while nobody appends: killed at any moment, all of it happened
or nothing did. What reaches the tables afterwards from a process that still had her key at hand is sealed under a key
that is no longer there; asking again sweeps it away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow

from commands.ports import Fact, Provenance
from infra.journal.journal import PostgresJournal
from infra.journal.keyring import Keyring
from infra.journal.members import MemberKeys
from infra.postgres.sql import statements
from infra.quarantine.store import PostgresQuarantine
from infra.recours.lectures import MembreRecours, RecoursReads
from ledger.adherent.effacement import erase, raisons_de_conserver
from ledger.adherent.errors import RaisonDeConserver
from ledger.adherent.events import AdherentErased, BaseEffacement
from ledger.dates import civil_day
from ledger.references import stream_of_effacement

ATTEMPTS_MAX = 5
"""How often it is decided anew because something was recorded about her in between."""

CLEANED: tuple[LiteralString, ...] = ("cle_adherent", "courriel", "compte", "document", "quarantaine")
"""Tables whose former rows are given back to the system once done."""

_SQL = statements("infra.effacement", "effacement.sql")
_encode = msgspec.json.Encoder().encode


class NumeroInconnu(Exception):
    """No recorded message names this number."""


class EffacementInterrompu(Exception):
    """Something about the member was recorded at every attempt: stop the feed that names her, and try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restes:
    """What there is of a member beside the journal and its read rows."""

    documents: int
    courriels: int
    comptes: int
    preferences: int
    jetons: int
    quarantaine: int

    @property
    def is_empty(self) -> bool:
        return not any((self.documents, self.courriels, self.comptes, self.preferences, self.jetons, self.quarantaine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What erasing would meet: the reasons against it, what it would clean, and when she was erased already."""

    raisons: tuple[RaisonDeConserver, ...]
    restes: Restes
    efface_le: date | None


class _Moved(Exception):
    """Something was recorded about her since the reasons were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cible:
    """Who is erased: her token, the hash of her number, and her refused messages."""

    sujet: UUID
    numero_empreinte: bytes
    quarantaine: tuple[UUID, ...]

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"sujet": self.sujet, "numero_empreinte": self.numero_empreinte, "ids": list(self.quarantaine)}


class Effacements:
    """Forgets members. Synchronous."""

    def __init__(
        self,
        *,
        url: str,
        datastore: PostgresDatastore,
        keyring: Keyring,
        members: MemberKeys,
        journal: PostgresJournal,
        quarantine: PostgresQuarantine,
        reads: RecoursReads,
        catch_up: Callable[[], int],
    ) -> None:
        self._url = url
        self._datastore = datastore
        self._keyring = keyring
        self._members = members
        self._journal = journal
        self._quarantine = quarantine
        self._reads = reads
        self._catch_up = catch_up

    def plan(self, numero: str, *, le: date | None = None) -> Plan:
        """What `erase` would meet; nothing is changed. Raises NumeroInconnu, KeyAltered."""
        cible = self._cible(numero)
        membre = self._membre(cible.sujet)
        with self._datastore.get_connection() as connection:
            counts = connection.execute(_SQL["counts"], cible.parameters).fetchone() or {}
        raisons = raisons_de_conserver(
            membre.dossier, (s.sinistre for s in membre.sinistres), le=le or civil_day(datetime.now(UTC))
        )
        efface_le = self.efface_le(cible.sujet)
        return Plan(
            raisons=tuple(raisons) if efface_le is None else (),
            restes=Restes(**counts, quarantaine=len(cible.quarantaine)),
            efface_le=efface_le,
        )

    def erase(self, numero: str, *, base: BaseEffacement, provenance: Provenance, le: date | None = None) -> int | None:
        """Forget her; returns the position of the event, None when she was forgotten before: then it cleans again.

        `le`: the day on which reasons are looked at, today by the clock. Raises NumeroInconnu, EffacementRefuse,
        EffacementInterrompu, KeyAltered.
        """
        le = le or civil_day(datetime.now(UTC))
        for _ in range(ATTEMPTS_MAX):
            cible = self._cible(numero)
            is_known = self.efface_le(cible.sujet) is not None
            try:
                position = None if is_known else self._erase(cible, base, provenance, le)
                if is_known:
                    self._clean_again(cible)
            except _Moved:
                continue
            self._members.forget_destroyed()
            self._give_back_rows()
            return position
        raise EffacementInterrompu(
            "Des messages à son sujet arrivent sans cesse : arrêter le flux qui la nomme, et recommencer."
        )

    def efface_le(self, sujet: UUID) -> date | None:
        """The day on which a member was forgotten; None for one who was not."""
        stream = stream_of_effacement(sujet)
        recorded = self._journal.first_of([stream]).get(stream)
        if recorded is None or not isinstance(recorded.event, AdherentErased):
            return None
        return recorded.event.faits.date

    def _erase(self, cible: _Cible, base: BaseEffacement, provenance: Provenance, le: date) -> int:
        membre = self._membre(cible.sujet)
        sinistres = (s.sinistre for s in membre.sinistres)
        event = erase(membre.dossier, sinistres, base=base, acteur=provenance.actor, le=le)
        fact = Fact(
            stream_of_effacement(cible.sujet),
            cible.sujet,
            type(event),
            _encode(event.faits),
            None,
            self._journal.empreinte(b"effacement/" + cible.sujet.bytes),
        )

        def along(cursor: Cursor[DictRow], positions: list[int | None]) -> None:
            [position] = positions
            parameters = {"sujet": str(cible.sujet), "after": membre.au, "before": position}
            if position is None or cursor.execute(_SQL["events_between"], parameters).fetchone() is not None:
                raise _Moved
            self._sweep(cursor, cible)

        [position] = self._journal.recorder.append_with(self._journal.seal([[fact]], [provenance]), along)
        assert position is not None
        return position

    def _clean_again(self, cible: _Cible) -> None:
        """What came back since, or a key that a restored backup brought back, goes as it went."""
        with self._datastore.transaction(commit=True) as cursor:
            self._sweep(cursor, cible)

    def _sweep(self, cursor: Cursor[DictRow], cible: _Cible) -> None:
        self._members.destroy(cursor, cible.sujet)
        for name in (
            "forget_documents",
            "forget_courriels",
            "forget_comptes",
            "forget_preferences",
            "revoke_jetons",
            "forget_quarantaine",
        ):
            cursor.execute(_SQL[name], cible.parameters)

    def _cible(self, numero: str) -> _Cible:
        sujet = self._members.find(numero)
        if sujet is None:
            raise NumeroInconnu("Aucun message enregistré ne nomme cet adhérent.")
        return _Cible(
            sujet=sujet,
            numero_empreinte=self._keyring.numero_empreinte(numero),
            quarantaine=tuple(self._quarantine.naming(numero)),
        )

    def _membre(self, sujet: UUID) -> MembreRecours:
        """The member as everything recorded before the call says."""
        self._catch_up()
        [membre] = self._reads.members([sujet])
        return membre

    def _give_back_rows(self) -> None:
        """Let PostgreSQL drop the former rows; a role that may not leaves it to autovacuum."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            for table in CLEANED:
                connection.execute(f"VACUUM {table}")
